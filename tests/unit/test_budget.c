/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/budget.h"
#include "tests/unit/unit.h"

static const struct deadline now;

static void test_takes_and_gives(void **state)
{
	struct budget *budget = budget_new(1000, 200);
	struct budget_share a = { .budget = budget }, b = { .budget = budget };

	(void)state;
	assert_int_equal(budget_limit(budget), 1000);
	assert_true(budget_take(&a, 500, now));
	assert_true(budget_take(&b, 300, now));
	assert_int_equal(budget_used(budget), 800);
	/* The rest is the reserve, which is one's. */
	assert_true(budget_take(&b, 100, now));
	assert_true(budget_take(&b, 900, now));
	assert_false(budget_take(&a, 1, now));
	assert_int_equal(budget_used(budget), 1800);
	/* What it holds isn't taken from the others. */
	budget_give(&a, 100);
	assert_true(budget_take(&a, 100, now));
	assert_false(budget_take(&a, 1, now));
	budget_give(&b, 1000);
	assert_int_equal(budget_used(budget), 800);
	budget_charge(&b, 5);
	assert_int_equal(budget_used(budget), 805);
	budget_return(&b);
	assert_int_equal(budget_used(budget), 500);
	assert_true(budget_take(&a, 300, now));
	budget_give(&a, 700);
	assert_int_equal(budget_used(budget), 100);
	assert_false(a.has_reserve);
	budget_return(&a);
	budget_return(&a);
	assert_int_equal(budget_used(budget), 0);
	free(budget);
}

static void test_without_a_budget(void **state)
{
	struct budget_share share = { 0 };

	(void)state;
	assert_true(budget_take(&share, SIZE_MAX, now));
	budget_charge(&share, 100);
	budget_give(&share, 10);
	budget_return(&share);
}

/* Who comes first to a budget that is too small for it gets what it needs. */
static void test_larger_than_all(void **state)
{
	struct budget *budget = budget_new(100, 1000);
	struct budget_share a = { .budget = budget }, b = { .budget = budget };

	(void)state;
	assert_true(budget_take(&a, 5000, now));
	assert_true(budget_take(&b, 10, now));
	assert_true(b.has_reserve);
	budget_return(&a);
	budget_return(&b);
	free(budget);
}

static void test_advance(void **state)
{
	struct budget *budget = budget_new(1000, 0);
	struct budget_share share = { .budget = budget };

	(void)state;
	assert_true(budget_take_advance(&share, 300, now));
	budget_charge(&share, 200);
	assert_int_equal(budget_used(budget), 300);
	budget_charge(&share, 150);
	assert_int_equal(budget_used(budget), 350);
	assert_int_equal(share.bytes, 350);
	/* Never refused, whatever there is. */
	budget_charge(&share, 2000);
	assert_int_equal(budget_used(budget), 2350);
	budget_return(&share);
	assert_int_equal(budget_used(budget), 0);
	free(budget);
}

static void test_arena_is_charged(void **state)
{
	struct budget *budget = budget_new(100000, 0);
	struct budget_share share = { .budget = budget };
	struct arena *arena = arena_new();

	(void)state;
	arena_alloc(arena, 1000);
	arena_charge(arena, &share);
	assert_int_equal(budget_used(budget), arena_bytes(arena));
	arena_alloc(arena, 200000);
	assert_true(arena_bytes(arena) > 200000);
	assert_int_equal(budget_used(budget), arena_bytes(arena));
	arena_free(arena);
	budget_return(&share);
	free(budget);
}

/* Many that each take part by part, more than there is for all: none waits for ever, and what is
 * held stays within the limit. */
#define THREADS 8
#define ROUNDS  200
#define PARTS   5

static struct budget *shared;
static atomic_size_t most;

static void *work(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct budget_share share = { .budget = shared };

		for (int part = 0; part < PARTS; part++) {
			size_t used, before = atomic_load(&most);

			if (!budget_take(&share, 100, deadline_in_ms(20000)))
				return NULL;
			used = budget_used(shared);
			while (used > before && !atomic_compare_exchange_weak(&most, &before, used))
				continue;
			usleep(5);
		}
		budget_return(&share);
	}
	return unused;
}

static void test_no_deadlock(void **state)
{
	pthread_t threads[THREADS];
	void *done;

	(void)state;
	shared = budget_new(1000, 500);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, &shared), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &done), 0);
		assert_ptr_equal(done, &shared);
	}
	assert_in_range(atomic_load(&most), 501, 1000);
	assert_int_equal(budget_used(shared), 0);
	free(shared);
}

static void test_waits_until_the_deadline(void **state)
{
	struct budget *budget = budget_new(100, 50);
	struct budget_share a = { .budget = budget }, b = { .budget = budget },
			    c = { .budget = budget };
	int64_t before = clock_monotonic_us();

	(void)state;
	assert_true(budget_take(&a, 50, now));
	assert_true(budget_take(&b, 50, now));
	assert_false(budget_take(&c, 50, deadline_in_ms(50)));
	assert_true(clock_monotonic_us() - before >= 50000);
	assert_int_equal(c.bytes, 0);
	budget_return(&a);
	budget_return(&b);
	free(budget);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes_and_gives),
		cmocka_unit_test(test_without_a_budget),
		cmocka_unit_test(test_larger_than_all),
		cmocka_unit_test(test_advance),
		cmocka_unit_test(test_arena_is_charged),
		cmocka_unit_test(test_no_deadlock),
		cmocka_unit_test(test_waits_until_the_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
