/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "base/problems.h"

static struct arena *arena;
static struct problems problems;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	problems_init(&problems, arena);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void assert_last(const char *text)
{
	assert_true(problems.len > 0);
	assert_true(str_eq(problems.items[problems.len - 1].text, str_from(text)));
}

static void test_place(void **state)
{
	struct source_position at = { .file = "a.cf", .line = 3, .column = 7 };

	(void)state;
	assert_false(problems_add(&problems, PROBLEM_MISTAKE, &at, "%s is wrong", "this"));
	assert_last("a.cf:3:7: this is wrong");
	at.column = 0;
	assert_false(problems_add(&problems, PROBLEM_ERROR, &at, "wrong"));
	assert_last("a.cf:3: wrong");
	assert_false(problems_add(&problems, PROBLEM_WARNING, NULL, "wrong"));
	assert_last("wrong");
	assert_int_equal(problems.mistakes, 1);
	assert_int_equal(problems.errors, 1);
}

/* Rules are fetched from others, and what they have there is shown on root's terminal. */
static void test_what_a_terminal_would_obey(void **state)
{
	const struct source_position at = { .file = "a\x1b[2J.cf", .line = 1 };

	(void)state;
	problems_add(&problems, PROBLEM_MISTAKE, &at, "'\x1b]0;title\x07' is no name");
	assert_last("a?[2J.cf:1: '?]0;title?' is no name");
	problems_add(&problems, PROBLEM_MISTAKE, NULL,
	             "'a\nb\r\xff\xc3\xa9\xe2\x80\xae' is no name");
	assert_last("'a?b?\xef\xbf\xbd\xc3\xa9?' is no name");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_place, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_a_terminal_would_obey, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
