/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/backoff.h"
#include "store/recorder.h"
#include "tests/unit/scratch.h"

#define THREADS 32
#define HOUR_US (3600 * INT64_C(1000000))
#define DAY_US  (24 * HOUR_US)

static const char *uri(const char *name)
{
	static char text[300];

	snprintf(text, sizeof(text), "sqlite:%s", scratch_path(name));
	return text;
}

static struct recorder *start(const char *name)
{
	struct error err;
	struct recorder *recorder = recorder_start(uri(name), &err);

	if (recorder == NULL)
		fail_msg("%s", err.text);
	return recorder;
}

static struct record example(enum record_kind kind, const char *queue_id)
{
	return (struct record){
		.kind = kind,
		.time_us = (int64_t)time(NULL) * 1000000,
		.queue_id = queue_id,
		.recipient = "joe@example.com",
		.rules = "A=1",
	};
}

static bool count_one(const struct record *record, int64_t id, void *context)
{
	(void)record;
	(void)id;
	*(size_t *)context += 1;
	return true;
}

static size_t count_records(const char *name, unsigned kinds)
{
	struct store_query query = { .kinds = kinds };
	struct error err;
	struct store *store = store_open_reader(uri(name), &err);
	size_t count = 0;

	if (store == NULL || !store_read(store, &query, count_one, &count, &err))
		fail_msg("%s", err.text);
	store_close(store);
	return count;
}

/* Holds the database's write lock, as a backup or a stuck process would. */
static sqlite3 *block(const char *name)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(scratch_path(name), &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	return db;
}

static void unblock(sqlite3 *db)
{
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(db);
}

static void test_commit_and_submit(void **state)
{
	struct recorder *recorder = start("both");
	struct record record = example(RECORD_DISCARDED, "Q1");
	struct error err;

	(void)state;
	assert_true(recorder_commit(recorder, &record, 1, deadline_in_ms(60000), &err));
	/* Durable now, not at the end. */
	assert_int_equal(count_records("both", 0), 1);
	record.kind = RECORD_DELIVERED;
	assert_true(recorder_submit(recorder, &record, 1));
	usleep(600000);
	assert_int_equal(count_records("both", 1 << RECORD_DELIVERED), 1);
	record.queue_id = "Q2";
	assert_true(recorder_submit(recorder, &record, 1));
	recorder_stop(recorder);
	assert_int_equal(count_records("both", 1 << RECORD_DELIVERED), 2);
	recorder_stop(NULL);
}

struct committer {
	pthread_t thread;
	struct recorder *recorder;
	int number;
	int each;
	bool ok;
};

static void *commit_many(void *context)
{
	struct committer *c = context;
	char id[32];

	c->ok = true;
	for (int i = 0; i < c->each; i++) {
		struct record record = example(RECORD_DISCARDED, id);
		struct error err;

		snprintf(id, sizeof(id), "Q%d-%d", c->number, i);
		if (!recorder_commit(c->recorder, &record, 1, deadline_in_ms(20000), &err))
			c->ok = false;
		record.kind = RECORD_DELIVERED;
		recorder_submit(c->recorder, &record, 1);
	}
	return NULL;
}

/* While one transaction is written, the others gather for the next. */
static void test_shared_transactions(void **state)
{
	struct recorder *recorder = start("shared");
	struct recorder_counters counters;
	struct committer committers[THREADS];
	sqlite3 *db = block("shared");

	(void)state;
	for (int i = 0; i < THREADS; i++) {
		committers[i] = (struct committer){ .recorder = recorder, .number = i, .each = 5 };
		pthread_create(&committers[i].thread, NULL, commit_many, &committers[i]);
	}
	usleep(200000);
	unblock(db);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(committers[i].thread, NULL);
		assert_true(committers[i].ok);
	}
	recorder_count(recorder, &counters);
	recorder_stop(recorder);
	assert_int_equal(count_records("shared", 1 << RECORD_DISCARDED), THREADS * 5);
	assert_int_equal(count_records("shared", 1 << RECORD_DELIVERED), THREADS * 5);
	assert_int_equal(counters.lost, 0);
	/* 160 callers one by one would have been 160. */
	assert_true(counters.commits < 100);
}

/* The caller is told in time, and what it was told is what the report says. */
static void test_deadline(void **state)
{
	struct recorder *recorder = start("deadline");
	struct record written = example(RECORD_DISCARDED, "WRITTEN");
	struct record queued = example(RECORD_DISCARDED, "QUEUED");
	sqlite3 *db = block("deadline");
	int64_t began = clock_monotonic_us();
	struct error err;

	(void)state;
	assert_false(recorder_commit(recorder, &written, 1, deadline_in_ms(100), &err));
	assert_non_null(strstr(err.text, "in time"));
	assert_false(recorder_commit(recorder, &queued, 1, deadline_in_ms(100), &err));
	assert_true(clock_monotonic_us() - began < 20 * 1000000);
	unblock(db);
	/* The writer has what it was given and takes it out again. */
	written.queue_id = "LAST";
	assert_true(recorder_commit(recorder, &written, 1, deadline_in_ms(60000), &err));
	recorder_stop(recorder);
	assert_int_equal(count_records("deadline", 0), 1);
}

static void test_overflow(void **state)
{
	struct recorder *recorder = start("overflow");
	sqlite3 *db = block("overflow");
	struct recorder_counters counters;
	size_t accepted = 0, offered = 30000;
	char id[32];

	(void)state;
	for (size_t i = 0; i < offered; i++) {
		struct record record = example(RECORD_DELIVERED, id);

		snprintf(id, sizeof(id), "Q%zu", i);
		accepted += recorder_submit(recorder, &record, 1);
	}
	assert_true(accepted >= 20000 && accepted < offered);
	unblock(db);
	recorder_count(recorder, &counters);
	assert_int_equal(counters.lost, offered - accepted);
	recorder_stop(recorder);
	assert_int_equal(count_records("overflow", 0), accepted);
}

/* A store that goes away fails commits at once, keeps ordinary records, and is found again. */
static void test_store_lost_and_found(void **state)
{
	char path[256], hidden[256];
	struct recorder *recorder;
	struct record record = example(RECORD_DELIVERED, "KEPT");
	struct error err;
	int64_t began;

	(void)state;
	snprintf(path, sizeof(path), "%s", scratch_path("lost"));
	snprintf(hidden, sizeof(hidden), "%s", scratch_path("hidden"));
	recorder = start("lost");
	/* Another program put rubbish there: the next writing fails. */
	assert_true(recorder_commit(recorder, &record, 1, deadline_in_ms(60000), &err));
	{
		sqlite3 *db;

		sqlite3_open(path, &db);
		assert_int_equal(
			sqlite3_exec(db, "ALTER TABLE records RENAME TO r2", NULL, NULL, NULL),
			SQLITE_OK);
		record.queue_id = "KEPT2";
		assert_true(recorder_submit(recorder, &record, 1));
		record.kind = RECORD_DISCARDED;
		began = clock_monotonic_us();
		assert_false(recorder_commit(recorder, &record, 1, deadline_in_ms(60000), &err));
		assert_non_null(strstr(err.text, "records"));
		assert_false(recorder_commit(recorder, &record, 1, deadline_in_ms(60000), &err));
		assert_true(clock_monotonic_us() - began < 50 * 1000000);
		assert_int_equal(
			sqlite3_exec(db, "ALTER TABLE r2 RENAME TO records", NULL, NULL, NULL),
			SQLITE_OK);
		sqlite3_close(db);
	}
	usleep(1500000);
	assert_true(recorder_commit(recorder, &record, 1, deadline_in_ms(60000), &err));
	recorder_stop(recorder);
	assert_int_equal(count_records("lost", 1 << RECORD_DELIVERED), 2);
	assert_int_equal(count_records("lost", 1 << RECORD_DISCARDED), 1);
}

static void test_retention(void **state)
{
	struct recorder *recorder = start("retention");
	struct record record = example(RECORD_DISCARDED, "");
	struct error err;
	char id[32];

	(void)state;
	for (int i = 0; i < 1200; i++) {
		snprintf(id, sizeof(id), "Q%d", i);
		record.queue_id = id;
		record.time_us = ((int64_t)time(NULL) - (i % 2 ? 11 : 9) * 86400) * 1000000;
		recorder_submit(recorder, &record, 1);
	}
	record.queue_id = "last";
	assert_true(recorder_commit(recorder, &record, 1, deadline_in_ms(60000), &err));
	recorder_keep(recorder, 10 * DAY_US, 0);
	for (int i = 0; i < 100 && count_records("retention", 0) != 600; i++)
		usleep(50000);
	assert_int_equal(count_records("retention", 0), 600);
	recorder_stop(recorder);
}

/* Bytes, with what is still in the write-ahead log. */
static int file_size(const char *name)
{
	sqlite3_stmt *statement;
	sqlite3 *db;
	int size;

	assert_int_equal(sqlite3_open(scratch_path(name), &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	assert_int_equal(sqlite3_prepare_v2(db,
	                                    "SELECT page_count * page_size FROM pragma_page_count,"
	                                    " pragma_page_size",
	                                    -1, &statement, NULL),
	                 SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	size = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return size;
}

/* What is written makes room for itself. */
static void test_size(void **state)
{
	struct recorder *recorder = start("size");
	struct record record = example(RECORD_DELIVERED, "");
	size_t count;
	struct error err;
	char id[32];

	(void)state;
	recorder_keep(recorder, 0, 1024 * 1024);
	for (int i = 0; i < 12000; i++) {
		snprintf(id, sizeof(id), "Q%d", i);
		record.queue_id = id;
		assert_true(recorder_submit(recorder, &record, 1));
		if (i % 2000 == 0)
			usleep(300000);
	}
	record.queue_id = "last";
	assert_true(recorder_commit(recorder, &record, 1, deadline_in_ms(20000), &err));
	for (int i = 0; i < 400 && file_size("size") > 1024 * 1024; i++)
		usleep(50000);
	assert_true(file_size("size") <= 1024 * 1024);
	count = count_records("size", 0);
	assert_true(count > 1000 && count < 8000);
	recorder_stop(recorder);
}

static bool commit(struct recorder *recorder, const char *queue_id, struct error *err_r)
{
	struct record record = example(RECORD_DISCARDED, queue_id);

	return recorder_commit(recorder, &record, 1, deadline_in_ms(8000), err_r);
}

/* Kept to the hour, also where that is a day or less than a whole number of them. */
static void test_retention_to_the_hour(void **state)
{
	static const int hours[] = { 24, 47 };
	struct error err;
	char id[32];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const char *name = i == 0 ? "day" : "hours";
		struct recorder *recorder = start(name);
		struct record record = example(RECORD_DISCARDED, "");
		int64_t now = (int64_t)time(NULL) * 1000000;

		for (int hour = 0; hour < 60; hour++) {
			snprintf(id, sizeof(id), "Q%d", hour);
			record.queue_id = id;
			record.time_us = now - hour * HOUR_US - HOUR_US / 2;
			recorder_submit(recorder, &record, 1);
		}
		assert_true(commit(recorder, "last", &err));
		recorder_keep(recorder, hours[i] * HOUR_US, 0);
		for (int j = 0; j < 200 && count_records(name, 0) > (size_t)hours[i] + 1; j++)
			usleep(20000);
		/* It comes to rest there. */
		assert_true(commit(recorder, "another", &err));
		assert_int_equal(count_records(name, 0), hours[i] + 2);
		recorder_stop(recorder);
	}
}

/* Only what can't be a store is refused; one that isn't there yet is waited for, and not by mail.
 */
static void test_start_without_store(void **state)
{
	char directory[256], database[300];
	struct recorder *recorder;
	struct record record = example(RECORD_DELIVERED, "KEPT");
	struct error err;
	int64_t began;
	bool ok = false;

	(void)state;
	assert_null(recorder_start("sqlite:relative", &err));
	assert_null(recorder_start("nosuch:/x", &err));
	snprintf(directory, sizeof(directory), "%s", scratch_path("late"));
	snprintf(database, sizeof(database), "sqlite:%s/db", directory);
	recorder = recorder_start(database, &err);
	assert_non_null(recorder);
	assert_true(recorder_submit(recorder, &record, 1));
	began = clock_monotonic_us();
	for (int i = 0; i < 50; i++)
		assert_false(commit(recorder, "Q", &err));
	assert_non_null(strstr(err.text, directory));
	/* None of them waited for the next try. */
	assert_true(clock_monotonic_us() - began < 10 * 1000000);
	assert_int_equal(mkdir(directory, 0755), 0);
	/* Nobody has to ask for it. */
	for (int i = 0; i < 800 && access(database + strlen("sqlite:"), F_OK) != 0; i++)
		usleep(10000);
	for (int i = 0; i < 800 && !ok; i++) {
		ok = commit(recorder, "Q1", &err);
		usleep(10000);
	}
	assert_true(ok);
	recorder_stop(recorder);
	assert_int_equal(count_records("late/db", 1 << RECORD_DELIVERED), 1);
	assert_int_equal(count_records("late/db", 1 << RECORD_DISCARDED), 1);
}

/* Locked by another process when it starts: nobody waits for long, and it heals. */
static void test_start_locked(void **state)
{
	struct recorder *recorder = start("atstart");
	struct error err;
	int64_t began;
	sqlite3 *db;
	bool ok = false;

	(void)state;
	recorder_stop(recorder);
	db = block("atstart");
	began = clock_monotonic_us();
	recorder = start("atstart");
	for (int i = 0; i < 3; i++)
		assert_false(commit(recorder, "Q", &err));
	assert_true(clock_monotonic_us() - began < 20 * 1000000);
	unblock(db);
	for (int i = 0; i < 800 && !ok; i++) {
		ok = commit(recorder, "Q1", &err);
		usleep(10000);
	}
	assert_true(ok);
	recorder_stop(recorder);
	assert_int_equal(count_records("atstart", 0), 1);
}

static void test_backoff(void **state)
{
	int64_t backoff = 0, before;

	(void)state;
	for (int i = 0; i < 200; i++) {
		before = backoff;
		backoff = backoff_next(backoff);
		assert_true(backoff > before || backoff == 30000000);
		assert_true(backoff >= 50000 && backoff <= 30000000);
	}
	assert_int_equal(backoff, 30000000);
}

/* The end doesn't wait for a store that doesn't come back, nor do those who wait for it. */
static void test_stop_while_failing(void **state)
{
	struct recorder *recorder;
	struct record record = example(RECORD_DELIVERED, "LOST");
	struct error err;
	int64_t began;

	(void)state;
	recorder = recorder_start("sqlite:/nonexistent/dir/db", &err);
	assert_non_null(recorder);
	for (int i = 0; i < 5000; i++)
		assert_true(recorder_submit(recorder, &record, 1));
	assert_false(commit(recorder, "Q", &err));
	began = clock_monotonic_us();
	recorder_stop(recorder);
	assert_true(clock_monotonic_us() - began < 20 * 1000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commit_and_submit),
		cmocka_unit_test(test_shared_transactions),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_store_lost_and_found),
		cmocka_unit_test(test_retention),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_retention_to_the_hour),
		cmocka_unit_test(test_start_without_store),
		cmocka_unit_test(test_start_locked),
		cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_stop_while_failing),
	};

	return cmocka_run_group_tests_name("recorder", tests, NULL, scratch_remove);
}
