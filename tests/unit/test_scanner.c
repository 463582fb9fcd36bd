/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <unistd.h>

#include "rules/match/scanner.h"

static void test_reuse_is_clean(void **state)
{
	struct scanner_pool *pool =
		scanner_pool_new(1, &(struct scanner_shape){ .slots = 4, .fields = 2 });
	struct scanner *scanner = scanner_borrow(pool, deadline_never()), *again;

	(void)state;
	scanner_touch(scanner, 3);
	scanner_touch(scanner, 3);
	scanner->ranges[3] = (struct range){ 1, 1 };
	scanner->tristates[3] = TRISTATE_YES;
	assert_int_equal(scanner->touched_count, 1);
	scanner->matched[3] = STR("x");
	scanner->fields[1].made = true;
	scanner_return(pool, scanner);
	again = scanner_borrow(pool, deadline_never());
	assert_ptr_equal(again, scanner);
	assert_true(again->ranges[3].lower == 0 && again->ranges[3].upper == 0);
	assert_int_equal(again->tristates[3], TRISTATE_NO);
	assert_null(again->matched[3].data);
	assert_int_equal(again->touched_count, 0);
	assert_false(again->fields[1].made);
	scanner_return(pool, again);
	scanner_pool_free(pool);
}

static void test_none_free_before_deadline(void **state)
{
	struct scanner_pool *pool =
		scanner_pool_new(2, &(struct scanner_shape){ .slots = 1, .fields = 1 });
	struct scanner *a = scanner_borrow(pool, deadline_never());
	struct scanner *b = scanner_borrow(pool, deadline_in_ms(0));
	int64_t start = clock_monotonic_us();

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	assert_ptr_not_equal(a, b);
	assert_null(scanner_borrow(pool, deadline_in_ms(30)));
	assert_true(clock_monotonic_us() - start >= 30000);
	scanner_return(pool, a);
	a = scanner_borrow(pool, deadline_in_ms(0));
	assert_non_null(a);
	scanner_return(pool, a);
	scanner_return(pool, b);
	scanner_pool_free(pool);
}

#define WORKERS   8
#define ROUNDS    200
#define POOL_SIZE 3

struct crowd {
	struct scanner_pool *pool;
	pthread_mutex_t lock;
	unsigned at_work;
	unsigned most;
};

static void *worker(void *context)
{
	struct crowd *crowd = context;

	for (int i = 0; i < ROUNDS; i++) {
		struct scanner *scanner = scanner_borrow(crowd->pool, deadline_never());

		pthread_mutex_lock(&crowd->lock);
		if (++crowd->at_work > crowd->most)
			crowd->most = crowd->at_work;
		pthread_mutex_unlock(&crowd->lock);
		scanner_touch(scanner, 0);
		if (i % 16 == 0)
			usleep(100);
		pthread_mutex_lock(&crowd->lock);
		crowd->at_work--;
		pthread_mutex_unlock(&crowd->lock);
		scanner_return(crowd->pool, scanner);
	}
	return NULL;
}

static void test_bounded_among_threads(void **state)
{
	struct crowd crowd = { .pool = scanner_pool_new(
				       POOL_SIZE,
				       &(struct scanner_shape){ .slots = 1, .fields = 1 }) };
	pthread_t threads[WORKERS];

	(void)state;
	pthread_mutex_init(&crowd.lock, NULL);
	for (int i = 0; i < WORKERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, worker, &crowd), 0);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	assert_true(crowd.most <= POOL_SIZE);
	assert_int_equal(crowd.at_work, 0);
	pthread_mutex_destroy(&crowd.lock);
	scanner_pool_free(crowd.pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reuse_is_clean),
		cmocka_unit_test(test_none_free_before_deadline),
		cmocka_unit_test(test_bounded_among_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
