/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "message/header.h"

static void test_dates(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} cases[] = {
		{ "Thu, 01 Jan 1970 00:00:00 +0000", 0 },
		{ "Tue, 3 Mar 2026 10:15:00 +0000", 1772532900 },
		{ "Tue, 3 Mar 2026 11:15:00 +0100", 1772532900 },
		{ "Tue, 3 Mar 2026 05:15:00 -0500 (EST)", 1772532900 },
		{ "3 Mar 2026 10:15:00 GMT", 1772532900 },
		{ "Tue, 03 Mar 26 05:15 EST", 1772532900 },
		/* A time in another form is midnight. */
		{ "Tue Mar  3 10:15:00 2026", 1772496000 },
		{ "Tue,3 Mar 2026 10:15:00 -0000", 1772532900 },
		{ "Tue, 3 Mar 2026 10:15:00.250 +0000", 1772496000 },
		{ "Tue, 3 Mar 2026 10:15:3 +0000", 1772496000 },
		{ "Tue, 3 Mar 2026 10:15:00 (CET)", 1772529300 },
		{ "TUE, 3 MAR 2026 10:15:00 CET", 1772532900 },
		{ "Tue, 3 Mar 2026 10:15:00 +-0500", 1772532900 },
		{ "Tue, 3 Mar 2026 10:15:00", 1772532900 },
		{ "Tue, 3 Mar 2026 10:15:00 XYZ", 1772532900 },
		{ "3 Mar 2026", 1772496000 },
		{ "29 Feb 2024 00:00:00 +0000", 1709164800 },
		/* What cannot be is the next thing that can. */
		{ "30 Feb 2023 00:00:00 +0000", 1677628800 },
		{ "31 Dec 1999 23:59:60 +0000", 946684799 },
		{ "1 Jan 2000 99:00:00 +0000", 946767600 },
		{ "Fri, 31 Dec 99 23:00:00 +0000", 946681200 },
		{ "1 Jan 103 00:00:00 +0000", 1041379200 },
		{ "1 Jan 1900 00:00:00 +0000", 0 },
		{ "1 Jan 1970 00:00:00 +0100", 0 },
		{ "1 Jan 9999 00:00:00 +0000", 2114380800 },
	};
	int64_t seconds;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (!header_parse_date(str_from(cases[i].text), &seconds))
			fail_msg("not read: %s", cases[i].text);
		if (seconds != cases[i].seconds)
			fail_msg("%s: %lld", cases[i].text, (long long)seconds);
	}
}

static void test_no_dates(void **state)
{
	static const char *const cases[] = {
		"",
		"today",
		"Tue, 3 2026",
		"3 Mar",
		"Mar 2026",
		"0 Mar 2026",
		"3 March 2026 10:15:00 +0000",
		"3-Mar-2026 10:15:00 +0000",
		"Tue Mar 3 10:15:00 UTC 2026",
		"3 Mar 20266",
		"Mar, 3 2026 10:15:00",
		"(3 Mar 2026)",
		"2026-03-03T10:15:00Z",
		"Mar Mar Mar Mar Mar Mar Mar Mar",
	};
	int64_t seconds;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (header_parse_date(str_from(cases[i]), &seconds))
			fail_msg("read as a date: %s", cases[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_no_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
