/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <sys/stat.h>

#include "setup/secrets.h"
#include "tests/unit/scratch.h"

static struct arena *arena;
static struct problems problems;

/* How many values are refused. */
static size_t refused(const char *text, mode_t mode)
{
	const char *path = scratch_write("assay.conf", text);
	struct settings settings;

	problems_init(&problems, arena);
	settings_init(&settings, arena);
	assert_true(settings_read(&settings, arena, path, &problems));
	assert_int_equal(problems.len, 0);
	assert_int_equal(chmod(path, mode), 0);
	secrets_check(&settings, path, &problems);
	assert_int_equal(problems.errors, problems.len);
	chmod(path, 0600);
	return problems.len;
}

static void test_passwords(void **state)
{
	(void)state;
	assert_int_equal(refused("store redis://:hunter2@127.0.0.1:6379/0\n", 0644), 1);
	assert_non_null(strstr(problems.items[0].text.data, "assay.conf:1:"));
	assert_non_null(strstr(problems.items[0].text.data, "mode 0644"));
	assert_null(strstr(problems.items[0].text.data, "hunter2"));
	assert_int_equal(refused("user nobody\nstore redis://joe:hunter2@127.0.0.1/0\n", 0604), 1);
	assert_non_null(strstr(problems.items[0].text.data, "assay.conf:2:"));
	/* Wherever it is, and each of them. */
	assert_int_equal(refused("forward_map redis://:a@h/0/m texthash:/etc/x\n"
	                         "forward_map texthash:/etc/y redis://:b@h/0/m\n"
	                         "store redis://:c@h/0\n",
	                         0644),
	                 3);
	assert_int_equal(refused("store redis://:p:w@h/0\n", 0644), 1);
	/* A group's to read, where the file isn't root's or the group is. */
	assert_int_equal(refused("store redis://:hunter2@h/0\n", 0640), 1);
	assert_int_equal(refused("store redis://:hunter2@h/0\n", 0620), 1);
}

static void test_no_passwords(void **state)
{
	(void)state;
	assert_int_equal(refused("store redis://:hunter2@127.0.0.1/0\n", 0600), 0);
	assert_int_equal(refused("store redis://127.0.0.1:6379/0\n", 0644), 0);
	assert_int_equal(refused("store redis://[::1]:6379/0\n", 0644), 0);
	assert_int_equal(refused("store redis://joe@127.0.0.1:6379/0\n", 0644), 0);
	assert_int_equal(refused("support_url https://support.example.net:80/%i\n"
	                         "listen inet:10025@127.0.0.1\n",
	                         0644),
	                 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passwords),
		cmocka_unit_test(test_no_passwords),
	};
	int failed;

	arena = arena_new();
	failed = cmocka_run_group_tests(tests, NULL, scratch_remove);
	arena_free(arena);
	return failed;
}
