/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <time.h>

#include "cli/report_since.h"

static int set_up(void **state)
{
	(void)state;
	/* Clocks go forward from 02:00 to 03:00 on 2026-03-29. */
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	return 0;
}

static int64_t since(const char *text)
{
	int64_t us;

	if (!report_read_since(text, &us))
		fail_msg("\"%s\" should be a time", text);
	return us / 1000000;
}

static void test_times(void **state)
{
	int64_t now = (int64_t)time(NULL);

	(void)state;
	assert_int_equal(since("all"), 0);
	assert_in_range(since("90s"), now - 90, now - 85);
	assert_in_range(since("30m"), now - 1800, now - 1795);
	assert_in_range(since("24h"), now - 86400, now - 86395);
	assert_in_range(since("7d"), now - 7 * 86400, now - 7 * 86400 + 5);
	assert_int_equal(since("2026-01-31"), 1769814000);
	assert_int_equal(since("2026-01-31 18:05"), 1769814000 + 18 * 3600 + 300);
	assert_int_equal(since("2026-07-01T00:00"), 1782856800);
	assert_int_equal(since("2024-02-29"), 1709161200);
	assert_int_equal(since("2026-03-29T03:00"), 1774746000);
}

static void test_times_that_there_are_not(void **state)
{
	static const char *const wrong[] = {
		"2026-02-30",
		"2026-02-29",
		"2026-04-31",
		"2026-13-01",
		"2026-00-10",
		"2026-01-00",
		"2026-01-32",
		"2026-01-31T24:00",
		"2026-01-31T18:60",
		"2026-03-29T02:30",
		"2026-1-31",
		"26-01-31",
		"2026-01-31T18",
		"2026-01-31T18:0",
		"2026-01-31 18:00 ",
		"2026-01-31x",
		"2026-01-31T",
		" 2026-01-31",
		"-2026-01-31",
		"2026-01-31T18:00:00",
		"yesterday",
		"",
		"h",
		"-1h",
		"1w",
		"9999999999999999h",
		"1.5h",
		"2026",
	};
	int64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (report_read_since(wrong[i], &us))
			fail_msg("\"%s\" should be refused", wrong[i]);
}

/* Where clocks go forward at midnight, the day is there all the same. */
static void test_day_that_begins_late(void **state)
{
	(void)state;
	setenv("TZ", "<-03>3<-02>,M11.1.0/0,M2.3.0/0", 1);
	tzset();
	assert_int_equal(since("2026-11-01"), 1793502000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_times, set_up),
		cmocka_unit_test_setup(test_times_that_there_are_not, set_up),
		cmocka_unit_test_setup(test_day_that_begins_late, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
