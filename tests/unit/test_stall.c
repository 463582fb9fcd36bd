/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <unistd.h>

#include "milter/stall.h"

/* Who takes longer than he may is counted as long as he does; the next step has its own time. */
static void test_steps(void **state)
{
	struct stall_slot slow, other;

	(void)state;
	stall_begin(&slow, "is scanned", 10, "QID1");
	stall_begin(&other, "the reload", 60000, NULL);
	assert_int_equal(stall_check(), 0);
	usleep(20000);
	assert_int_equal(stall_check(), 1);
	assert_int_equal(stall_check(), 1);
	stall_step(&slow, "is answered", 60000);
	assert_int_equal(stall_check(), 0);
	stall_step(&slow, "is answered", 0);
	usleep(2000);
	assert_int_equal(stall_check(), 1);
	stall_end(&slow);
	assert_int_equal(stall_check(), 0);
	stall_end(&other);
}

/* Ends in any order; more than are named. */
static void test_many(void **state)
{
	struct stall_slot slots[50];

	(void)state;
	for (size_t i = 0; i < 50; i++)
		stall_begin(&slots[i], "is scanned", i % 2 == 0 ? 0 : 60000, "QID");
	usleep(2000);
	assert_int_equal(stall_check(), 25);
	for (size_t i = 0; i < 50; i += 3)
		stall_end(&slots[i]);
	for (size_t i = 49; i < 50; i--)
		if (i % 3 != 0)
			stall_end(&slots[i]);
	assert_int_equal(stall_check(), 0);
}

static void *work(void *unused)
{
	for (int i = 0; i < 2000; i++) {
		struct stall_slot slot;

		stall_begin(&slot, "waits for memory", 60000, "QID");
		stall_step(&slot, "is scanned", 60000);
		stall_end(&slot);
	}
	return unused;
}

/* For the thread sanitizer. */
static void test_threads(void **state)
{
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, NULL), 0);
	for (int i = 0; i < 200; i++)
		assert_int_equal(stall_check(), 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
