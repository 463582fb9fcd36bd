/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "milter/in_flight.h"
#include "tests/unit/unit.h"

static atomic_bool parked_thread_came_through;

static atomic_bool may_leave;

static void *leave_later(void *unused)
{
	usleep(50 * 1000);
	in_flight_message_ends();
	while (!atomic_load(&may_leave))
		usleep(1000);
	in_flight_leave();
	return unused;
}

static void *enter_closed(void *unused)
{
	in_flight_enter();
	atomic_store(&parked_thread_came_through, true);
	return unused;
}

/* One test: in_flight_close() comes once in a process. */
static void test_in_flight(void **state)
{
	pthread_t thread, parked;
	struct deadline deadline;
	int64_t before;

	(void)state;
	in_flight_wait_for_messages(deadline_in_ms(0));
	assert_int_equal(in_flight_messages_ended(), 0);
	in_flight_message_begins();
	in_flight_enter();
	before = clock_monotonic_us();
	in_flight_wait_for_messages(deadline_in_ms(20));
	assert_true(clock_monotonic_us() - before >= 20 * 1000);
	assert_int_equal(pthread_create(&thread, NULL, leave_later, NULL), 0);
	deadline = deadline_in_ms(30000);
	in_flight_wait_for_messages(deadline);
	assert_true(clock_monotonic_us() - before >= 60 * 1000);
	assert_false(deadline_passed(deadline));
	assert_int_equal(in_flight_messages_ended(), 1);
	atomic_store(&may_leave, true);
	assert_true(in_flight_close(deadline));
	assert_false(deadline_passed(deadline));
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_false(in_flight_try_enter());
	assert_int_equal(pthread_create(&parked, NULL, enter_closed, NULL), 0);
	usleep(50 * 1000);
	assert_false(atomic_load(&parked_thread_came_through));
	pthread_cancel(parked);
	pthread_join(parked, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_flight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
