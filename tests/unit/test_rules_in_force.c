/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "setup/rules_in_force.h"
#include "tests/unit/unit.h"

static struct arena *arena;
static struct settings settings;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	settings_init(&settings, arena);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static bool judge(struct rules_in_force now, struct rules_in_force next, size_t errors)
{
	struct problems problems;
	bool ok;

	problems_init(&problems, arena);
	now.known = true;
	ok = rules_in_force_judge(&now, &next, &settings, &problems);
	assert_int_equal(problems.errors, errors);
	return ok;
}

static void test_against_those_in_force(void **state)
{
	(void)state;
	assert_true(judge((struct rules_in_force){ .rules = 10 },
	                  (struct rules_in_force){ .rules = 5 }, 0));
	assert_false(judge((struct rules_in_force){ .rules = 11 },
	                   (struct rules_in_force){ .rules = 5 }, 1));
	assert_false(judge((struct rules_in_force){ .rules = 1 },
	                   (struct rules_in_force){ .rules = 0 }, 1));
	assert_true(judge((struct rules_in_force){ .rules = 9, .mistakes = 2 },
	                  (struct rules_in_force){ .rules = 9, .mistakes = 2 }, 0));
	assert_false(judge((struct rules_in_force){ .rules = 9, .mistakes = 2 },
	                   (struct rules_in_force){ .rules = 9, .mistakes = 3 }, 1));
	assert_false(judge((struct rules_in_force){ .rules = 9 },
	                   (struct rules_in_force){ .rules = 8, .open_ended_files = 1 }, 1));
	assert_true(judge((struct rules_in_force){ .rules = 9 },
	                  (struct rules_in_force){ .rules = 9, .open_ended_files = 1 }, 0));
	assert_true(judge((struct rules_in_force){ .rules = 9, .open_ended_files = 1 },
	                  (struct rules_in_force){ .rules = 8, .open_ended_files = 1 }, 0));
	assert_false(judge((struct rules_in_force){ .rules = 9 },
	                   (struct rules_in_force){ .rules = 2, .mistakes = 1 }, 2));
}

static void test_nothing_in_force(void **state)
{
	struct rules_in_force now = { 0 }, next = { .rules = 1 };
	struct problems problems;

	(void)state;
	problems_init(&problems, arena);
	assert_true(rules_in_force_judge(&now, &next, &settings, &problems));
	next.mistakes = 1;
	assert_false(rules_in_force_judge(&now, &next, &settings, &problems));
	/* The mistakes say what is wrong. */
	assert_int_equal(problems.len, 0);
}

static void test_file(void **state)
{
	char directory[] = "/tmp/assay-test-rules-XXXXXX";
	struct rules_in_force now = { true, 401, 3, 1 }, read;

	(void)state;
	assert_non_null(mkdtemp(directory));
	settings.cache_directory = str_from(directory);
	assert_false(rules_in_force_read(&settings, NULL).known);
	rules_in_force_write(&settings, NULL, &now);
	read = rules_in_force_read(&settings, NULL);
	assert_true(read.known);
	assert_int_equal(read.rules, 401);
	assert_int_equal(read.mistakes, 3);
	assert_int_equal(read.open_ended_files, 1);
	/* Another configuration has another daemon. */
	assert_false(rules_in_force_read(&settings, "/dev/null").known);
	assert_int_equal(unlink(arena_printf(arena, "%s/rules-in-force-built-in", directory).data),
	                 0);
	assert_int_equal(rmdir(directory), 0);
	rules_in_force_write(&settings, NULL, &now);
	assert_false(rules_in_force_read(&settings, NULL).known);
	settings.cache_directory = STR("");
	rules_in_force_write(&settings, NULL, &now);
	assert_false(rules_in_force_read(&settings, NULL).known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_against_those_in_force, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nothing_in_force, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_file, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
