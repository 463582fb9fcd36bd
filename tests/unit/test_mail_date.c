/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "rules/eval/mail_date.h"

static void test_dates(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds; /* -1: none */
	} cases[] = {
		{ "Tue, 3 Sep 2002 10:14:05 +0200", 1031040845 },
		{ "from a by b; Tue, 3 Sep 2002 10:14:05 -0730 (x)", 1031075045 },
		{ "3 Sep 2002 10:14:05 EDT", 1031062445 },
		{ "3 Sep 2002 10:14:05 (CEST)", 1031040845 },
		{ "3 Sep 2002 10:14:05 PM EST", 1031048045 },
		{ "3 Sep 2002 10:14:05 EDT-DST", 1031048045 },
		{ "3 Sep 02 10:14", 1031048040 },
		{ "3 Sep 102 10:14", 1031048040 },
		{ "Tue Sep  3 10:14:05 2002", 1031011200 },
		{ "3 Sep 2002", 1031011200 },
		{ "3 Sep 2002 99:99:99", 1031097599 },
		{ "31 Sep 2002 00:00:00", 1033430400 },
		{ "29 Feb 2001", 983404800 },
		{ "1 Jan 1970 00:00:00 +0100", 0 },
		{ "1 Jan 1812 00:00:00", 0 },
		{ "1 Jan 2500 00:00:00", 2114380800 },
		{ "0 Sep 2002", -1 },
		{ "3 September 2002", -1 },
		{ "3-Sep-2002 10:14:05", -1 },
		{ "yesterday", -1 },
		{ "", -1 },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t seconds = -1;
		bool found = mail_date_find(arena, str_from(cases[i].text), &seconds);

		if (found != (cases[i].seconds != -1) || seconds != cases[i].seconds)
			fail_msg("%s: %lld", cases[i].text, (long long)seconds);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
