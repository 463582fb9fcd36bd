/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store.h"
#include "tests/unit/scratch.h"

static const char *uri(const char *name)
{
	static char text[300];

	snprintf(text, sizeof(text), "sqlite:%s", scratch_path(name));
	return text;
}

static struct store *open_or_fail(const char *name)
{
	struct error err;
	struct store *store = store_open(uri(name), &err);

	if (store == NULL)
		fail_msg("%s", err.text);
	return store;
}

static void write_or_fail(struct store *store, const struct record *records, size_t count)
{
	struct error err;

	if (!store_write(store, records, count, &err))
		fail_msg("%s", err.text);
}

static struct record example(const char *queue_id)
{
	return (struct record){
		.kind = RECORD_DISCARDED,
		.time_us = 1732284000123456,
		.scan_id = "scan1",
		.queue_id = queue_id,
		.content = "c0ffee",
		.message_id = "m1@client.example",
		.sender = "spammer@client.example",
		.recipient = "Joe@example.com",
		.destination = "joe@AOL.example",
		.score = 18200,
		.threshold = 6000,
		.client_ip = "192.0.2.1",
		.client_name = "client.example",
		.rules = "A=10,B=8.2",
		.size = 12345,
		.tagged = 1,
	};
}

struct seen {
	size_t count;
	int64_t last_id;
	char queue_ids[512]; /* in order, each with a space behind it */
	struct record last;  /* its numbers only */
	size_t stop_after;
};

static bool remember(const struct record *record, int64_t id, void *context)
{
	struct seen *seen = context;

	seen->count++;
	seen->last_id = id;
	seen->last = *record;
	strcat(strcat(seen->queue_ids, record->queue_id), " ");
	return seen->count != seen->stop_after;
}

static struct seen read_all(struct store *store, struct store_query query)
{
	struct seen seen = { 0 };
	struct error err;

	if (!store_read(store, &query, remember, &seen, &err))
		fail_msg("%s", err.text);
	return seen;
}

static bool check_example(const struct record *record, int64_t id, void *context)
{
	*(size_t *)context += 1;
	assert_true(id > 0);
	assert_int_equal(record->kind, RECORD_DISCARDED);
	assert_int_equal(record->time_us, 1732284000123456);
	assert_string_equal(record->scan_id, "scan1");
	assert_string_equal(record->queue_id, "Q1");
	assert_string_equal(record->content, "c0ffee");
	assert_string_equal(record->message_id, "m1@client.example");
	assert_string_equal(record->sender, "spammer@client.example");
	assert_string_equal(record->recipient, "Joe@example.com");
	assert_string_equal(record->destination, "joe@AOL.example");
	assert_int_equal(record->score, 18200);
	assert_int_equal(record->threshold, 6000);
	assert_string_equal(record->client_ip, "192.0.2.1");
	assert_string_equal(record->client_name, "client.example");
	assert_string_equal(record->rules, "A=10,B=8.2");
	assert_int_equal(record->size, 12345);
	assert_int_equal(record->tagged, 1);
	return true;
}

static void test_round_trip(void **state)
{
	struct store *store = open_or_fail("round"), *reader;
	struct record record = example("Q1");
	struct store_query all = { 0 };
	struct error err;
	struct stat st;
	size_t count = 0;

	(void)state;
	write_or_fail(store, &record, 1);
	reader = store_open_reader(uri("round"), &err);
	assert_non_null(reader);
	assert_true(store_read(reader, &all, check_example, &count, &err));
	assert_int_equal(count, 1);
	assert_false(store_write(reader, &record, 1, &err));
	store_close(reader);
	store_close(store);
	assert_int_equal(stat(scratch_path("round"), &st), 0);
	assert_int_equal(st.st_mode & 07, 0);
}

/* Offered again, a record is there once; a NULL string is an empty one. */
static void test_idempotence(void **state)
{
	struct store *store = open_or_fail("once");
	struct record records[] = { example("Q1"), example("Q1"), example("Q2"), example("Q1"),
		                    example("Q1"), example("Q1"), example(""),   example(NULL) };
	struct store_query all = { 0 };
	struct error err;

	(void)state;
	records[3].content = "other";             /* the queue id was used again */
	records[4].destination = "jim@x.example"; /* another copy of the same message */
	records[5].kind = RECORD_FORWARDED;
	write_or_fail(store, records, 8);
	assert_int_equal(read_all(store, all).count, 6);
	store_close(store);
	store = open_or_fail("once");
	records[1].scan_id = "another scan";
	records[1].time_us++;
	write_or_fail(store, records, 8);
	assert_int_equal(read_all(store, all).count, 6);
	/* Without a queue id, the scan id tells. */
	records[6].scan_id = "scan2";
	write_or_fail(store, &records[6], 1);
	assert_int_equal(read_all(store, all).count, 7);
	assert_true(store_retract(store, records, 2, &err));
	assert_int_equal(read_all(store, all).count, 6);
	assert_true(store_retract(store, &records[6], 1, &err));
	assert_int_equal(read_all(store, all).count, 5);
	store_close(store);
}

static void test_queries(void **state)
{
	struct store *store = open_or_fail("queries");
	struct record r[4] = { example("A"), example("B"), example("C"), example("D") };
	struct seen seen;

	(void)state;
	r[0].time_us = 4000;
	r[1].time_us = 3000;
	r[1].recipient = "jane@example.org";
	r[1].message_id = "special@id";
	r[2].time_us = 2000;
	r[2].kind = RECORD_DELIVERED;
	r[2].tagged = 0;
	r[2].scan_id = "scan3";
	r[3].time_us = 1000;
	r[3].destination = "joe@gmail.example";
	write_or_fail(store, r, 4);
#define QUERY(...) read_all(store, (struct store_query){ __VA_ARGS__ })
	assert_string_equal(QUERY(0).queue_ids, "D C B A ");
	assert_string_equal(QUERY(.kinds = 1 << RECORD_DISCARDED).queue_ids, "D B A ");
	assert_string_equal(QUERY(.kinds = 1 << RECORD_DELIVERED | 1 << RECORD_FORWARDED).queue_ids,
	                    "C ");
	assert_string_equal(QUERY(.tagged_only = true).queue_ids, "D B A ");
	assert_string_equal(QUERY(.account = "JANE@example.org").queue_ids, "B ");
	assert_string_equal(QUERY(.account = "Example.com").queue_ids, "D C A ");
	assert_string_equal(QUERY(.destination = "aol.EXAMPLE").queue_ids, "C B A ");
	assert_string_equal(QUERY(.destination = "joe@gmail.example").queue_ids, "D ");
	assert_string_equal(QUERY(.since_us = 3000).queue_ids, "B A ");
	assert_string_equal(QUERY(.limit = 2).queue_ids, "D C ");
	assert_string_equal(QUERY(.message = "B").queue_ids, "B ");
	assert_string_equal(QUERY(.message = "special@id").queue_ids, "B ");
	assert_string_equal(QUERY(.message = "scan3").queue_ids, "C ");
	assert_string_equal(QUERY(.message = "nothing").queue_ids, "");
	seen = QUERY(.message = "B");
	assert_string_equal(QUERY(.after_id = seen.last_id).queue_ids, "C D ");
	seen = (struct seen){ .stop_after = 2 };
	assert_true(store_read(store, &(struct store_query){ 0 }, remember, &seen,
	                       &(struct error){ "" }));
	assert_int_equal(seen.count, 2);
#undef QUERY
	store_close(store);
}

static bool add_count(const struct store_count *count, void *context)
{
	char *text = context;

	sprintf(text + strlen(text), "%d %d %s %d\n", count->kind,
	        (int)(count->hour_us / 3600000000), count->domain, (int)count->count);
	return true;
}

static void test_counts(void **state)
{
	struct store *store = open_or_fail("counts");
	struct record r = { .kind = RECORD_REJECTED, .time_us = 3600000000 * 5 + 17 };
	char text[512] = "";
	struct error err;
	size_t removed;

	(void)state;
	for (int i = 0; i < 10; i++) {
		r.recipient = i % 3 == 0 ? "x@Example.COM" : "y@example.com";
		r.time_us += 3600000000 * (i == 8);
		r.kind = i == 9 ? RECORD_REJECTED_SRS : RECORD_REJECTED;
		write_or_fail(store, &r, 1);
	}
	assert_true(store_read_counts(store, 0, NULL, add_count, text, &err));
	assert_string_equal(text, "4 6 example.com 1\n5 6 example.com 1\n4 5 example.com 8\n");
	text[0] = '\0';
	assert_true(store_read_counts(store, r.time_us, "EXAMPLE.com", add_count, text, &err));
	assert_string_equal(text, "4 6 example.com 1\n5 6 example.com 1\n");
	assert_int_equal(read_all(store, (struct store_query){ 0 }).count, 0);
	assert_true(store_expire(store, 3600000000 * 6, 100, &removed, &err));
	text[0] = '\0';
	assert_true(store_read_counts(store, 0, "", add_count, text, &err));
	assert_string_equal(text, "4 6 example.com 1\n5 6 example.com 1\n");
	store_close(store);
}

static void test_expire(void **state)
{
	struct store *store = open_or_fail("expire");
	struct record record = example("");
	char id[16];
	struct error err;
	size_t removed;

	(void)state;
	for (int i = 0; i < 100; i++) {
		sprintf(id, "Q%d", i);
		record.queue_id = id;
		record.kind = (enum record_kind)(i % 4);
		record.time_us = i;
		write_or_fail(store, &record, 1);
	}
	assert_true(store_expire(store, 50, 30, &removed, &err));
	assert_int_equal(removed, 30);
	assert_true(store_expire(store, 50, 30, &removed, &err));
	assert_int_equal(removed, 20);
	assert_true(store_expire(store, 50, 30, &removed, &err));
	assert_int_equal(removed, 0);
	assert_int_equal(read_all(store, (struct store_query){ .limit = 1 }).last.time_us, 50);
	store_close(store);
}

/* What was written is there after a kill at any moment; nothing is there in part. */
static void test_killed_writer(void **state)
{
	int pipe_fds[2], status;
	size_t acknowledged = 0, there;
	char byte;
	pid_t pid;
	struct store *store;

	(void)state;
	assert_int_equal(pipe(pipe_fds), 0);
	pid = fork();
	if (pid == 0) {
		struct store *child = open_or_fail("killed");
		char id[32];

		for (int i = 0;; i++) {
			struct record pair[2];

			sprintf(id, "Q%d", i);
			pair[0] = example(id);
			pair[1] = example(id);
			pair[1].destination = "second@x.example";
			write_or_fail(child, pair, 2);
			if (write(pipe_fds[1], "x", 1) != 1)
				_exit(1);
		}
	}
	close(pipe_fds[1]);
	while (acknowledged < 20 && read(pipe_fds[0], &byte, 1) == 1)
		acknowledged++;
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	while (read(pipe_fds[0], &byte, 1) == 1)
		acknowledged++;
	close(pipe_fds[0]);
	store = open_or_fail("killed");
	there = 0;
	{
		struct seen seen = { 0 };
		struct store_query discarded = { .destination = "joe@aol.example", .limit = 60 };

		seen = read_all(store, discarded);
		there = seen.count;
		discarded.destination = "second@x.example";
		assert_int_equal(read_all(store, discarded).count, there);
	}
	assert_true(acknowledged >= 20);
	assert_true(there >= (acknowledged < 60 ? acknowledged : 60));
	store_close(store);
}

static void test_disk_full(void **state)
{
	struct store *store = open_or_fail("full");
	struct record record = example("Q1");
	struct rlimit before, small;
	struct error err = { "" };
	bool ok = true;
	size_t written = 0;
	char id[16];

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	write_or_fail(store, &record, 1);
	getrlimit(RLIMIT_FSIZE, &before);
	small = (struct rlimit){ 256 * 1024, before.rlim_max };
	setrlimit(RLIMIT_FSIZE, &small);
	for (int i = 2; ok && i < 10000; i++) {
		sprintf(id, "Q%d", i);
		record.queue_id = id;
		ok = store_write(store, &record, 1, &err);
		written += ok;
	}
	assert_false(ok);
	assert_non_null(strstr(err.text, "/full: "));
	setrlimit(RLIMIT_FSIZE, &before);
	store_close(store);
	/* With room again, all that was acknowledged is there, and the rest can be written. */
	store = open_or_fail("full");
	write_or_fail(store, &record, 1);
	{
		struct store_query query = { .since_us = 1, .limit = 1, .message = id };

		assert_int_equal(read_all(store, query).count, 1);
		for (size_t i = 1; i <= written + 1; i += 7) {
			sprintf(id, "Q%zu", i);
			assert_int_equal(read_all(store, query).count, 1);
		}
	}
	store_close(store);
}

static void test_cannot_open(void **state)
{
	static const char *const bad[] = { "",
		                           "sqlite",
		                           "sqlite:",
		                           "sqlite:relative/path",
		                           "mysql://host/db",
		                           "sqlite:/nonexistent/dir/file" };
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err.text[0] = '\0';
		assert_null(store_open(bad[i], &err));
		assert_true(strlen(err.text) > 20);
		assert_int_equal(store_check_uri(bad[i], &err), i == 5);
	}
	scratch_write("nodb",
	              "This is not a database, but a text that is long enough to be one.\n"
	              "This is not a database, but a text that is long enough to be one.\n");
	assert_null(store_open(uri("nodb"), &err));
	assert_non_null(strstr(err.text, "/nodb: "));
	assert_null(store_open_reader(uri("missing"), &err));
	assert_non_null(strstr(err.text, "/missing: "));
}

/* Root may write anywhere, so this needs another user. */
static void test_read_only(void **state)
{
	struct record record = example("Q1");
	int status;
	pid_t pid;

	(void)state;
	store_close(open_or_fail("readonly"));
	chmod(scratch_path("readonly"), 0444);
	chmod(scratch_dir, 0755);
	pid = fork();
	if (pid == 0) {
		struct store *store;
		struct error err;

		if (getuid() == 0 && setuid(65534) != 0)
			_exit(2);
		store = store_open(uri("readonly"), &err);
		_exit(store == NULL ? strstr(err.text, "permissions") == NULL
		                    : store_write(store, &record, 1, &err));
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

static void execute(const char *name, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(scratch_path(name), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void test_newer_schema(void **state)
{
	struct error err;

	(void)state;
	store_close(open_or_fail("newer"));
	execute("newer", "PRAGMA user_version = 1000");
	assert_null(store_open(uri("newer"), &err));
	assert_non_null(strstr(err.text, "newer version"));
	scratch_write("empty", "");
	assert_null(store_open_reader(uri("empty"), &err));
	assert_non_null(strstr(err.text, "older version"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_idempotence),
		cmocka_unit_test(test_queries),    cmocka_unit_test(test_counts),
		cmocka_unit_test(test_expire),     cmocka_unit_test(test_killed_writer),
		cmocka_unit_test(test_disk_full),  cmocka_unit_test(test_cannot_open),
		cmocka_unit_test(test_read_only),  cmocka_unit_test(test_newer_schema),
	};

	return cmocka_run_group_tests_name("store_sqlite", tests, NULL, scratch_remove);
}
