/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/replace_file.h"
#include "tests/unit/scratch.h"

static struct error error;

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	return st.st_mode & 07777;
}

static size_t files_in(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	size_t count = 0;

	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL)
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(directory);
	return count;
}

static void assert_file(const char *path, struct str text)
{
	char found[64];
	FILE *file = fopen(path, "r");
	size_t len;

	assert_non_null(file);
	len = fread(found, 1, sizeof(found), file);
	fclose(file);
	assert_true(str_eq((struct str){ found, len }, text));
}

static int set_up(void **state)
{
	(void)state;
	return chdir(scratch_path("."));
}

static void test_content_and_mode(void **state)
{
	const mode_t old_mask = umask(077);

	(void)state;
	assert_true(replace_file("file", STR("one"), 0644, 0, &error));
	assert_int_equal(mode_of("file"), 0644);
	assert_true(replace_file("./file", STR("two\0x"), 0600, REPLACE_FILE_DURABLE, &error));
	assert_file("file", STR("two\0x"));
	assert_int_equal(mode_of("file"), 0600);
	assert_int_equal(chmod("file", 0640), 0);
	assert_true(replace_file("file", STR(""), 0600, REPLACE_FILE_KEEP, &error));
	assert_file("file", STR(""));
	assert_int_equal(mode_of("file"), 0640);
	assert_true(replace_file("new", STR("x"), 0604, REPLACE_FILE_KEEP, &error));
	assert_int_equal(mode_of("new"), 0604);
	assert_int_equal(files_in("."), 2);
	umask(old_mask);
}

static void test_owner(void **state)
{
	struct stat st;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(mkdir("his", 0755), 0);
	assert_int_equal(chown("his", 4711, 4712), 0);
	assert_true(replace_file("his/file", STR("x"), 0600, REPLACE_FILE_AS_DIRECTORY, &error));
	assert_int_equal(stat("his/file", &st), 0);
	assert_int_equal(st.st_uid, 4711);
	assert_int_equal(st.st_gid, 4712);
	assert_int_equal(chown("his/file", 4713, 4714), 0);
	assert_true(replace_file("his/file", STR("y"), 0600, REPLACE_FILE_KEEP, &error));
	assert_int_equal(stat("his/file", &st), 0);
	assert_int_equal(st.st_uid, 4713);
	assert_true(replace_file("his/file", STR("z"), 0600, 0, &error));
	assert_int_equal(stat("his/file", &st), 0);
	assert_int_equal(st.st_uid, 0);
}

static void test_link_is_not_followed(void **state)
{
	(void)state;
	assert_true(replace_file("precious", STR("precious"), 0644, 0, &error));
	assert_int_equal(symlink("precious", "link"), 0);
	assert_true(replace_file("link", STR("new"), 0600, REPLACE_FILE_KEEP, &error));
	assert_int_equal(mode_of("link"), 0600);
	assert_file("precious", STR("precious"));
	assert_file("link", STR("new"));
}

static void test_failures_leave_what_was(void **state)
{
	(void)state;
	assert_int_equal(mkdir("full", 0755), 0);
	assert_int_equal(mkdir("full/directory", 0755), 0);
	assert_false(replace_file("full/directory", STR("x"), 0644, 0, &error));
	assert_string_equal(error.text, "full/directory: cannot be written: Is a directory");
	assert_false(replace_file("absent/file", STR("x"), 0644, REPLACE_FILE_DURABLE, &error));
	assert_string_equal(error.text,
	                    "absent/file: cannot be written: No such file or directory");
	assert_false(replace_file("full/", STR("x"), 0644, 0, &error));
	assert_int_equal(files_in("full"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content_and_mode),
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_link_is_not_followed),
		cmocka_unit_test(test_failures_leave_what_was),
	};

	return cmocka_run_group_tests(tests, set_up, scratch_remove);
}
