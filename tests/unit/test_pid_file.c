/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

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
		cmocka_unit_test(test_foreign_file_stays),
		cmocka_unit_test(test_none_and_impossible),
	};

	return cmocka_run_group_tests(tests, NULL, scratch_remove);
}
