/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/turns.h"
#include "tests/unit/unit.h"

#define THREADS 8
#define TURNS   3
#define ROUNDS  200

static struct turns *turns;
static atomic_int working, most;

static void *work(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct turn turn;
		int now, before;

		if (!turn_take(&turn, turns, deadline_never()))
			return NULL;
		now = atomic_fetch_add(&working, 1) + 1;
		before = atomic_load(&most);
		while (now > before && !atomic_compare_exchange_weak(&most, &before, now))
			continue;
		usleep(10);
		atomic_fetch_sub(&working, 1);
		turn_give(&turn);
	}
	return unused;
}

/* No more than there are turns work at a time, and nobody waits for ever. */
static void test_bounds(void **state)
{
	pthread_t threads[THREADS];
	void *done;

	(void)state;
	turns = turns_new(TURNS);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, &turns), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &done), 0);
		assert_ptr_equal(done, &turns);
	}
	assert_in_range(atomic_load(&most), 2, TURNS);
	turns_free(turns);
}

static void test_waits_until_the_deadline(void **state)
{
	struct turn first, second;
	int64_t before = clock_monotonic_us();

	(void)state;
	turns = turns_new(0);
	assert_true(turn_take(&first, turns, deadline_in_ms(0)));
	assert_false(turn_take(&second, turns, deadline_in_ms(20)));
	assert_true(clock_monotonic_us() - before >= 20 * 1000);
	turn_give(&second);
	assert_false(turn_take(&second, turns, deadline_in_ms(0)));
	turn_give(&first);
	turn_give(&first);
	assert_true(turn_take(&second, turns, deadline_in_ms(0)));
	assert_false(turn_take(&first, turns, deadline_in_ms(0)));
	turn_give(&second);
	turns_free(turns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_waits_until_the_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
