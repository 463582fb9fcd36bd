/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/mbox.h"

#include "base/arena.h"
#include "tests/unit/unit.h"

/* A line that separates, with one message in front of it and one after. */
static bool separates(const char *line, const char *before)
{
	struct arena *arena = arena_new();
	struct str rest = arena_printf(arena, "From a\n\nx\n%s%s\nSubject: y\n\nz\n", before, line);
	struct str message;
	size_t count = 0;

	while (mbox_next(&rest, &message))
		count++;
	assert_int_equal(rest.len, 0);
	arena_free(arena);
	assert_true(count == 1 || count == 2);
	return count == 2;
}

static void test_separators(void **state)
{
	static const char *const lines[] = {
		"From ann@x.test Mon Nov 16 10:00:00 2026",
		"From ann@x.test  Mon Nov  6 1:00 2026",
		"From MAILER-DAEMON Mon Nov 16 10:00:00 +0100 2026",
		"From MAILER-DAEMON Mon Nov 16 10:00:00 2026 (CET)",
		"From - mon nov 16 10:00:00 2026\r",
		"From ann@x.test Mon, 16 Nov 2026 10:00:00 +0000",
		"From ann@x.test 16 Nov 2026 10:00 GMT",
		"From \"ann \\\" b\"@x.test Mon Nov 16 10:00:00 2026",
		"From  Mon Nov 16 10:00:00 2026",
		"From ann Mon Nov 16 10:00:00 EST 2026 remote from host",
	};
	static const char *const text[] = {
		"From here on it is text",
		"From the desk of 2026",
		"From Mon to Fri",
		"From ann@x.test",
		"From ann@x.test on Mon Nov 16 10:00:00 2026",
		"From Mon Nov 16 10:00:00 2026 on it is text",
		"From ann@x.test Mon Nov 36 10:00:00 2026",
		"From ann@x.test Mon Nov 16 10:00:00",
		"From ann@x.test Mon Nov 16 25:00:00 2026",
		"From ann@x.test Mon Now 16 10:00:00 2026",
		"from ann@x.test Mon Nov 16 10:00:00 2026",
		">From ann@x.test Mon Nov 16 10:00:00 2026",
		"From: ann@x.test Mon Nov 16 10:00:00 2026",
		"From",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!separates(lines[i], "\n") || !separates(lines[i], "") ||
		    !separates(lines[i], "\r\n"))
			fail_msg("is text: %s", lines[i]);
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		if (separates(text[i], "\n"))
			fail_msg("separates: %s", text[i]);
}

static void test_slices(void **state)
{
	struct str
		rest = STR(
			"From a Mon Nov 16 10:00:00 2026\n\nx\nFrom b Mon Nov 16 10:00:00 2026\n"),
		message;

	(void)state;
	assert_true(mbox_next(&rest, &message));
	assert_str(message, "From a Mon Nov 16 10:00:00 2026\n\nx\n");
	assert_true(mbox_next(&rest, &message));
	assert_str(message, "From b Mon Nov 16 10:00:00 2026\n");
	assert_false(mbox_next(&rest, &message));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_separators),
		cmocka_unit_test(test_slices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
