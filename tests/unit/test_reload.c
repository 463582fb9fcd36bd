/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "milter/reload.h"
#include "scoring/setting_key.h"

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

static struct settings *parse(const char *text)
{
	struct settings *settings = arena_new_object(arena, struct settings);
	struct problems problems;

	problems_init(&problems, arena);
	settings_init(settings, arena);
	assert_true(settings_parse(settings, arena, str_from(text), "test.conf", &problems));
	return settings;
}

static void test_same(void **state)
{
	static const char text[] = "listen unix:/a\nlisten unix:/b\nuser joe\nlog syslog\n";

	(void)state;
	assert_str(reload_restart_keys(arena, parse(text), parse(text)), "");
	assert_str(reload_restart_keys(arena, parse(""), parse("")), "");
	/* What a reload changes is no matter. */
	assert_str(reload_restart_keys(arena, parse(""), parse("required_score 7\nrules /x\n")),
	           "");
}

static void test_every_kind(void **state)
{
	static const char *const lines[][2] = {
		{ "listen unix:/a", "listen" },
		{ "socket_mode 0600", "socket_mode" },
		{ "socket_group mail", "socket_group" },
		{ "user joe", "user" },
		{ "log syslog", "log" },
		{ "pid_file /run/x", "pid_file" },
		{ "store sqlite:/x", "store" },
		{ "records_keep 5d", "records_keep" },
		{ "max_message_size 1M", "max_message_size" },
		{ "max_memory 1G", "max_memory" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_str(reload_restart_keys(arena, parse(""), parse(lines[i][0])), lines[i][1]);
	assert_str(reload_restart_keys(arena, parse("listen unix:/a\nlisten unix:/b"),
	                               parse("listen unix:/a")),
	           "listen");
	assert_str(reload_restart_keys(arena, parse("user joe"), parse("user ann\nlog syslog")),
	           "user log");
}

/* Each key that the table calls so is compared: none has a type that is passed over. */
static void test_no_key_is_passed_over(void **state)
{
	const struct setting_key *key;

	(void)state;
	for (size_t i = 0; (key = settings_key(i)) != NULL; i++) {
		if (key->restart)
			assert_int_not_equal(key->type, SETTING_NETWORKS);
	}
}

static void test_problems(void **state)
{
	struct problems problems;

	(void)state;
	problems_init(&problems, arena);
	assert_true(reload_log_problems(&problems));
	problems_add(&problems, PROBLEM_WARNING, NULL, "a warning of the test");
	assert_true(reload_log_problems(&problems));
	problems_add(&problems, PROBLEM_ERROR, NULL, "an error of the test");
	assert_false(reload_log_problems(&problems));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_same, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_every_kind, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_key_is_passed_over, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_problems, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
