/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/semaphore.h"
#include "tests/unit/unit.h"

#define THREADS 8
#define PERMITS 3
#define ROUNDS  200

static struct semaphore *semaphore;
static atomic_int working, most;

static void *work(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct semaphore_permit permit;
		int now, before;

		if (!semaphore_acquire(&permit, semaphore, deadline_never()))
			return NULL;
		now = atomic_fetch_add(&working, 1) + 1;
		before = atomic_load(&most);
		while (now > before && !atomic_compare_exchange_weak(&most, &before, now))
			continue;
		usleep(10);
		atomic_fetch_sub(&working, 1);
		semaphore_release(&permit);
	}
	return unused;
}

/* No more than there are permits work at a time, and nobody waits for ever. */
static void test_bounds(void **state)
{
	pthread_t threads[THREADS];
	void *done;

	(void)state;
	semaphore = semaphore_new(PERMITS);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, &semaphore), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &done), 0);
		assert_ptr_equal(done, &semaphore);
	}
	assert_in_range(atomic_load(&most), 2, PERMITS);
	semaphore_free(semaphore);
}

static void test_waits_until_the_deadline(void **state)
{
	struct semaphore_permit first, second;
	int64_t before = clock_monotonic_us();

	(void)state;
	semaphore = semaphore_new(0);
	assert_true(semaphore_acquire(&first, semaphore, deadline_in_ms(0)));
	assert_false(semaphore_acquire(&second, semaphore, deadline_in_ms(20)));
	assert_true(clock_monotonic_us() - before >= 20 * 1000);
	semaphore_release(&second);
	assert_false(semaphore_acquire(&second, semaphore, deadline_in_ms(0)));
	semaphore_release(&first);
	semaphore_release(&first);
	assert_true(semaphore_acquire(&second, semaphore, deadline_in_ms(0)));
	assert_false(semaphore_acquire(&first, semaphore, deadline_in_ms(0)));
	semaphore_release(&second);
	semaphore_free(semaphore);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_waits_until_the_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
