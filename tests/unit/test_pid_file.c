/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/pid_file.h"
#include "tests/unit/scratch.h"

static void test_write_and_remove(void **state)
{
	const char *path = scratch_path("pid");
	struct error error;
	long pid = 0;
	FILE *file;

	(void)state;
	assert_true(pid_file_write(str_from(path), &error));
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%ld", &pid), 1);
	fclose(file);
	assert_int_equal(pid, getpid());
	pid_file_remove(str_from(path));
	assert_int_equal(access(path, F_OK), -1);
	pid_file_remove(str_from(path));
}

static void assert_text(const char *path, const char *expected)
{
	char text[100] = "";
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_true(fread(text, 1, sizeof(text) - 1, file) > 0 || *expected == '\0');
	fclose(file);
	assert_string_equal(text, expected);
}

/* Whoever may write to the directory could have root write to any file. */
static void test_links_are_not_followed(void **state)
{
	const char *target = scratch_write("target", "1\n");
	char *path = strdup(scratch_path("link")), own[32];
	struct error error = { "" };
	struct stat st;

	(void)state;
	assert_int_equal(symlink(target, path), 0);
	assert_false(pid_file_write(str_from(path), &error));
	assert_non_null(strstr(error.text, path));
	assert_text(target, "1\n");
	/* Nor read: what follows it isn't ours to remove. */
	snprintf(own, sizeof(own), "%ld\n", (long)getpid());
	scratch_write("target", own);
	pid_file_remove(str_from(path));
	assert_int_equal(lstat(path, &st), 0);
	unlink(path);
	/* A hard link keeps what it had. */
	assert_int_equal(link(scratch_write("hard", "1\n"), path), 0);
	assert_true(pid_file_write(str_from(path), &error));
	assert_text(scratch_path("hard"), "1\n");
	assert_text(path, own);
	free(path);
}

static void test_other_files_stay(void **state)
{
	const char *path = scratch_write("precious", "root:x:0:0\n");
	struct error error = { "" };

	(void)state;
	assert_false(pid_file_write(str_from(path), &error));
	assert_text(path, "root:x:0:0\n");
	assert_false(pid_file_write(STR("/dev/null"), &error));
	assert_false(pid_file_write(STR("/tmp"), &error));
}

static void test_replaces_an_old_one(void **state)
{
	const char *path = scratch_write("old", "4194304\n");
	mode_t mask = umask(077);
	struct error error;
	struct stat st;
	char own[32];

	(void)state;
	snprintf(own, sizeof(own), "%ld\n", (long)getpid());
	assert_true(pid_file_write(str_from(path), &error));
	umask(mask);
	assert_text(path, own);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	scratch_write("old", "");
	assert_true(pid_file_write(str_from(path), &error));
	assert_text(path, own);
}

static void test_foreign_file_stays(void **state)
{
	const char *path = scratch_write("foreign", "1\n");

	(void)state;
	pid_file_remove(str_from(path));
	assert_int_equal(access(path, F_OK), 0);
}

static void test_none_and_impossible(void **state)
{
	struct error error = { "" };

	(void)state;
	assert_true(pid_file_write(STR(""), &error));
	pid_file_remove(STR(""));
	assert_false(pid_file_write(STR("/nonexistent/pid"), &error));
	assert_non_null(strstr(error.text, "/nonexistent/pid"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write_and_remove),
		cmocka_unit_test(test_links_are_not_followed),
		cmocka_unit_test(test_other_files_stay),
		cmocka_unit_test(test_replaces_an_old_one),
		cmocka_unit_test(test_foreign_file_stays),
		cmocka_unit_test(test_none_and_impossible),
	};

	return cmocka_run_group_tests(tests, NULL, scratch_remove);
}
