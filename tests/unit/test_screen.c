/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "cli/screen.h"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void assert_fit(unsigned rows, unsigned columns, const char *text, const char *wanted)
{
	struct screen_size size = { .rows = rows, .columns = columns };
	struct str fit = screen_fit(arena, str_from(text), size);

	if (!str_eq(fit, str_from(wanted)))
		fail_msg("%u x %u: \"%.*s\"", columns, rows, STR_FMT(fit));
}

static void test_fits(void **state)
{
	(void)state;
	assert_fit(4, 80, "a\nb\nc\n", "a\nb\nc\n");
	assert_fit(0, 0, "a\nb\nc\n", "a\nb\nc\n");
	assert_fit(4, 0, "a\nb\nc\n", "a\nb\nc\n");
	assert_fit(4, 80, "", "");
}

/* The beginning, which says what matters. */
static void test_too_many_lines(void **state)
{
	(void)state;
	assert_fit(3, 80, "a\nb\nc\n", "a\n(2 more)\n");
	assert_fit(4, 80, "a\nb\nc\nd\ne\n", "a\nb\n(3 more)\n");
	assert_fit(1, 80, "a\nb\n", "(2 more)\n");
}

static void test_long_lines_take_several_rows(void **state)
{
	(void)state;
	assert_fit(4, 5, "12345\n1234567890\n", "12345\n1234567890\n");
	assert_fit(4, 5, "123456\n1234567890\n", "123456\n(1 more)\n");
	/* By characters, not by bytes. */
	assert_fit(4, 5, "\u00e4\u00e4\u00e4\u00e4\u00e4\nb\nc\n",
	           "\u00e4\u00e4\u00e4\u00e4\u00e4\nb\nc\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_too_many_lines, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_long_lines_take_several_rows, set_up,
		                                tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
