/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

/* The line that log_info() writes to stderr. */
static const char *logged(const char *id, const char *text)
{
	static char line[20000];
	int ends[2], before = dup(STDERR_FILENO);
	ssize_t len;

	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	log_info(id, "%s", text);
	dup2(before, STDERR_FILENO);
	close(before);
	len = read(ends[0], line, sizeof(line) - 1);
	assert_true(len > 0);
	close(ends[0]);
	line[len] = '\0';
	return line;
}

static void test_plain(void **state)
{
	(void)state;
	assert_string_equal(logged("4XYZ", "from=<j\xc3\xb6rg@b.example>"),
	                    "assay: 4XYZ: from=<j\xc3\xb6rg@b.example>\n");
	assert_string_equal(logged(NULL, "a"), "assay: a\n");
}

/* The journal takes the priority from the line, and says itself who wrote it. */
static void test_journal(void **state)
{
	static const char *const expected[] = { "<6>Q1: a\n", "<4>Q1: warning: a\n",
		                                "<3>Q1: error: a\n" };
	int ends[2], before = dup(STDERR_FILENO);
	char stream[64], line[100];
	struct stat status;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fstat(ends[1], &status), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)status.st_dev,
	         (unsigned long long)status.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	dup2(ends[1], STDERR_FILENO);
	log_open("assay", LOG_TO_STDERR);
	for (size_t i = 0; i < 3; i++) {
		ssize_t len;

		(i == 0 ? log_info : i == 1 ? log_warning : log_error)("Q1", "%s", "a");
		len = read(ends[0], line, sizeof(line) - 1);
		line[len > 0 ? len : 0] = '\0';
		if (strcmp(line, expected[i]) != 0)
			break;
	}
	dup2(before, STDERR_FILENO);
	assert_string_equal(line, expected[2]);
	/* The variable is inherited where stderr has gone elsewhere. */
	log_open("assay", LOG_TO_STDERR);
	assert_string_equal(logged(NULL, "a"), "assay: a\n");
	unsetenv("JOURNAL_STREAM");
	close(before);
	close(ends[0]);
	close(ends[1]);
}

/* What a terminal obeys, or shows in another order, isn't written. */
static void test_escapes(void **state)
{
	(void)state;
	assert_string_equal(logged("4\n", "a\r\nb\x1b[2J\x7f"),
	                    "assay: 4\\012: a\\015\\012b\\033[2J\\177\n");
	assert_string_equal(logged("4X: client=a, score=1", "b"),
	                    "assay: 4X\\072\\040client\\075a\\054\\040score\\0751: b\n");
	assert_string_equal(logged(NULL, "\xc2\x9b"
	                                 "2J"),
	                    "assay: \\302\\2332J\n");
	assert_string_equal(logged(NULL, "\x9b"
	                                 "2J\xff"),
	                    "assay: \\2332J\\377\n");
	assert_string_equal(logged(NULL, "a\xe2\x80\xae"
	                                 "b\xe2\x81\xa6\xd8\x9c"),
	                    "assay: a\\342\\200\\256b\\342\\201\\246\\330\\234\n");
}

static void test_long_lines_are_cut(void **state)
{
	char text[19000];
	const char *line;

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(text); i++)
		text[i] = i % 2 == 0 ? '\xc2' : '\x9b';
	text[sizeof(text) - 1] = '\0';
	line = logged("4XYZ", text);
	assert_in_range(strlen(line), 7000, 8100);
	assert_int_equal(line[strlen(line) - 1], '\n');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_journal),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_long_lines_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
