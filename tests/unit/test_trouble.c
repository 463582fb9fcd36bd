/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/trouble.h"

/* What stderr got since the last call. */
static char *logged;
static size_t logged_len;
static int saved = -1;
static FILE *file;

static void begin_log(void)
{
	file = tmpfile();
	assert_non_null(file);
	saved = dup(STDERR_FILENO);
	dup2(fileno(file), STDERR_FILENO);
}

static const char *end_log(void)
{
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	free(logged);
	logged_len = (size_t)lseek(fileno(file), 0, SEEK_END);
	logged = calloc(1, logged_len + 1);
	assert_int_equal(pread(fileno(file), logged, logged_len, 0), logged_len);
	fclose(file);
	return logged;
}

static size_t lines(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += *text == '\n';
	return count;
}

/* Ten thousand failures are two lines. */
static void test_flood(void **state)
{
	static struct trouble trouble = { .name = "thing", .over = "the thing works again" };
	const char *log;

	(void)state;
	begin_log();
	for (int i = 0; i < 10000; i++)
		trouble_begin(&trouble, "QID", "the thing fails; mend it");
	trouble_end(&trouble);
	trouble_end(&trouble);
	log = end_log();
	assert_int_equal(lines(log), 2);
	assert_non_null(strstr(log, "QID: warning: the thing fails; mend it"));
	assert_non_null(strstr(log, "the thing works again; it failed 10000 times in"));
}

/* So are as many ups and downs: the second time, its end is waited for. */
static void test_ups_and_downs(void **state)
{
	static struct trouble trouble = { .name = "link", .over = "the link is up" };
	const char *log;

	(void)state;
	begin_log();
	for (int i = 0; i < 10000; i++) {
		trouble_count(&trouble, NULL, "the link is down, for the %d. time", i);
		trouble_end(&trouble);
		trouble_tick();
	}
	log = end_log();
	assert_int_equal(lines(log), 3);
	/* As when that was long ago. */
	trouble.failed_us -= TROUBLE_CALM_US;
	begin_log();
	trouble_tick();
	log = end_log();
	assert_non_null(strstr(log, "the link is up; it failed 9999 times"));
	/* The next time, it is waited for twice as long. */
	begin_log();
	trouble_count(&trouble, NULL, "down");
	trouble_end(&trouble);
	trouble.failed_us -= TROUBLE_CALM_US;
	trouble_tick();
	assert_int_equal(lines(end_log()), 1);
	trouble.failed_us -= TROUBLE_CALM_US;
	begin_log();
	trouble_tick();
	assert_int_equal(lines(end_log()), 1);
}

/* Reasons that change are told, but not each of them. */
static void test_reasons(void **state)
{
	static struct trouble trouble = { .name = "reasons", .over = "fine", .severe = true };
	const char *log;

	(void)state;
	begin_log();
	for (int i = 0; i < 10000; i++)
		trouble_begin(&trouble, NULL, "reason %d", i % 7);
	assert_int_equal(lines(end_log()), 1);
	trouble.told_us -= 61 * INT64_C(1000000);
	begin_log();
	trouble_begin(&trouble, NULL, "another reason");
	trouble_begin(&trouble, NULL, "one more");
	log = end_log();
	assert_int_equal(lines(log), 1);
	assert_non_null(strstr(log, "error: another reason"));
	begin_log();
	trouble_end(&trouble);
	assert_int_equal(lines(end_log()), 1);
}

static void test_by_itself(void **state)
{
	static struct trouble trouble = { .name = "event", .over = "no more", .by_itself = true };
	struct arena *arena = arena_new();
	struct trouble_reports reports;

	(void)state;
	begin_log();
	trouble_count(&trouble, NULL, "an event");
	trouble_count(&trouble, NULL, "an event, again");
	trouble_tick();
	assert_int_equal(lines(end_log()), 1);
	troubles_report(arena, &reports);
	assert_int_equal(reports.len, 1);
	assert_str(reports.items[0].name, "event");
	assert_str(reports.items[0].text, "an event");
	assert_int_equal(reports.items[0].count, 2);
	trouble.failed_us -= TROUBLE_CALM_US;
	begin_log();
	trouble_tick();
	assert_int_equal(lines(end_log()), 1);
	troubles_report(arena, &reports);
	assert_int_equal(reports.len, 0);
	arena_free(arena);
}

static struct trouble shared = { .name = "shared", .over = "over" };

static void *fail_often(void *unused)
{
	for (int i = 0; i < 1000; i++) {
		trouble_begin(&shared, NULL, "fails");
		trouble_tick();
		trouble_end(&shared);
	}
	return unused;
}

/* For the thread sanitizer. */
static void test_threads(void **state)
{
	pthread_t threads[4];
	const char *log;

	(void)state;
	begin_log();
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, fail_often, NULL), 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	log = end_log();
	assert_true(lines(log) <= 3);
	free(logged);
	logged = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flood),   cmocka_unit_test(test_ups_and_downs),
		cmocka_unit_test(test_reasons), cmocka_unit_test(test_by_itself),
		cmocka_unit_test(test_threads),
	};

	log_open("test", LOG_TO_STDERR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
