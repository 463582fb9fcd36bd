/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/condition.h"
#include "tests/unit/unit.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static bool ready;

static void *make_ready(void *unused)
{
	pthread_mutex_lock(&lock);
	ready = true;
	pthread_cond_signal(&condition);
	pthread_mutex_unlock(&lock);
	return unused;
}

/* With a deadline far away, and with one that never passes. */
static void test_signal(void **state)
{
	const struct deadline deadlines[] = { deadline_in_ms(600000), deadline_never() };

	(void)state;
	for (size_t i = 0; i < sizeof(deadlines) / sizeof(deadlines[0]); i++) {
		pthread_t thread;

		pthread_mutex_lock(&lock);
		ready = false;
		assert_int_equal(pthread_create(&thread, NULL, make_ready, NULL), 0);
		while (!ready)
			assert_true(condition_wait(&condition, &lock, deadlines[i]));
		pthread_mutex_unlock(&lock);
		pthread_join(thread, NULL);
	}
}

/* Not before its time, and at once where that is over: on the clock that deadlines are on. */
static void test_deadline(void **state)
{
	struct deadline deadline = deadline_in_ms(20);

	(void)state;
	pthread_mutex_lock(&lock);
	while (condition_wait(&condition, &lock, deadline))
		;
	assert_true(deadline_passed(deadline));
	while (condition_wait(&condition, &lock, (struct deadline){ 0 }))
		;
	pthread_mutex_unlock(&lock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
