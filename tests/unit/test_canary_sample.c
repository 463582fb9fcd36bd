/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dropped mail of which there are copies is part of what new rules are tried on. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "release/copies.h"
#include "tests/unit/scratch.h"
#include "update/canary_sample.h"

#define DAY 86400

static struct arena *arena;
static const char *folder;

static int set_up(void **state)
{
	struct error error;

	(void)state;
	arena = arena_new();
	folder = arena_cstr(arena, str_from(scratch_path("copies")));
	return copies_make_folder(folder, &error) ? 0 : -1;
}

static int tear_down(void **state)
{
	arena_free(arena);
	return scratch_remove(state);
}

static void write_copy(const char *id, const char *text)
{
	struct copy copy = { .scan_id = str_from(id), .raw = str_from(text) };
	struct error error;
	int64_t size;

	vec_add(arena, &copy.recipients)->argument = STR("joe@example.com");
	if (!copies_write(folder, &copy, &size, &error))
		fail_msg("%s", error.text);
}

static const char *file_of(const char *id)
{
	static char path[400];
	char command[900];
	FILE *found;

	snprintf(command, sizeof(command), "ls '%s/%s'-*", folder, id);
	found = popen(command, "r");
	assert_non_null(found);
	assert_non_null(fgets(path, sizeof(path), found));
	pclose(found);
	path[strcspn(path, "\n")] = '\0';
	return path;
}

static void make_old(const char *path, time_t seconds)
{
	const struct timespec times[2] = { { .tv_sec = time(NULL) - seconds },
		                           { .tv_sec = time(NULL) - seconds } };

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void read_sample(int64_t age_ms, struct canary_sample *sample_r, struct problems *problems)
{
	struct settings settings;

	settings_init(&settings, arena);
	settings.discarded_copies.age_ms = age_ms;
	settings.discarded_copies_directory = str_from(folder);
	problems_init(problems, arena);
	canary_sample_read(arena, &settings, sample_r, problems);
}

static const struct canary_message *find(const struct canary_sample *sample, const char *text)
{
	const struct canary_message *message;

	vec_foreach (sample, message)
		if (str_eq(message->text, str_from(text)))
			return message;
	return NULL;
}

static void test_copies_of_the_last_day(void **state)
{
	struct canary_sample without, with;
	struct problems problems;

	(void)state;
	read_sample(0, &without, &problems);
	assert_true(without.len > 0);
	write_copy("aaaaaaaaaaaaaaaa", "Subject: of today\n\nbuy\n");
	write_copy("bbbbbbbbbbbbbbbb", "Subject: of the day before\n\nbuy\n");
	make_old(file_of("bbbbbbbbbbbbbbbb"), DAY + 60);
	read_sample((int64_t)7 * DAY * 1000, &with, &problems);
	assert_int_equal(problems.len, 0);
	assert_int_equal(with.len, without.len + 1);
	assert_non_null(find(&with, "Subject: of today\n\nbuy\n"));
	assert_true(find(&with, "Subject: of today\n\nbuy\n")->spam);
	assert_null(find(&with, "Subject: of the day before\n\nbuy\n"));
	read_sample(0, &with, &problems);
	assert_int_equal(with.len, without.len);
}

static void test_damaged_copy_is_told(void **state)
{
	struct canary_sample sample;
	struct problems problems;

	(void)state;
	write_copy("cccccccccccccccc", "Subject: damaged\n\nbuy\n");
	assert_int_equal(truncate(file_of("cccccccccccccccc"), 20), 0);
	read_sample(DAY * 1000, &sample, &problems);
	assert_int_equal(problems.len, 1);
	assert_int_equal(problems.errors, 0);
	assert_true(str_find(problems.items[0].text, STR("cccccccccccccccc")) >= 0);
	assert_non_null(find(&sample, "Subject: of today\n\nbuy\n"));
}

static void test_no_folder_yet(void **state)
{
	struct canary_sample sample;
	struct problems problems;

	(void)state;
	folder = "/nonexistent/copies";
	read_sample(DAY * 1000, &sample, &problems);
	assert_int_equal(problems.len, 0);
	assert_true(sample.len > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copies_of_the_last_day),
		cmocka_unit_test(test_damaged_copy_is_told),
		cmocka_unit_test(test_no_folder_yet),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
