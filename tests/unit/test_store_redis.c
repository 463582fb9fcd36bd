/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Redis store and its journal, with a redis-server of its own where one is installed. */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "store/record_codec.h"
#include "store/recorder.h"
#include "tests/unit/scratch.h"
#include "tests/unit/store_cases.h"

#define SERVER "/usr/bin/redis-server"

static int port;
static pid_t server;

static const char *uri(int database, const char *journal)
{
	static char text[400];

	snprintf(text, sizeof(text), "redis://127.0.0.1:%d/%d?journal=%s&settle=0s", port, database,
	         scratch_path(journal));
	return text;
}

static void start_server(void)
{
	char number[16], command[200];

	snprintf(number, sizeof(number), "%d", port);
	server = fork();
	if (server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (freopen("/dev/null", "w", stdout) == NULL)
			_exit(1);
		execl(SERVER, SERVER, "--port", number, "--bind", "127.0.0.1", "--appendonly",
		      "yes", "--appendfsync", "always", "--save", "", "--dir", scratch_dir, NULL);
		_exit(1);
	}
	snprintf(command, sizeof(command),
	         "for i in $(seq 50); do redis-cli -p %d PING 2>/dev/null | grep -q PONG && "
	         "exit 0; sleep 0.1; done; exit 1",
	         port);
	assert_int_equal(system(command), 0);
}

static void stop_server(void)
{
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
}

static struct store *open_or_fail(int database, const char *journal)
{
	struct error err;
	struct store *store = store_open(uri(database, journal), &err);

	if (store == NULL)
		fail_msg("%s", err.text);
	return store;
}

/* Databases from here on are those of names. */
#define FIRST_NAMED 6

struct store *store_case_open(const char *name, const char *host)
{
	static const char *names[16 - FIRST_NAMED];
	char journal[64];
	int i = 0;

	while (names[i] != NULL && strcmp(names[i], name) != 0)
		i++;
	assert_in_range(i, 0, 16 - FIRST_NAMED - 1);
	names[i] = name;
	snprintf(journal, sizeof(journal), "%s-%s", name, host);
	return open_or_fail(FIRST_NAMED + i, journal);
}

/* How many fields that came later are missing where so many bytes at the end are: strings, and
 * before the last string a number; -1: it ends within one. */
static int later_strings(struct arena *arena, struct record *record, size_t missing)
{
	size_t len = 0;
	const char **strings[RECORD_STRINGS];

	record_strings(record, strings);
	for (int i = 0; i <= RECORD_STRINGS + 1 - RECORD_STRINGS_FIRST; i++) {
		const char *text = i == 1 ? "1200" : *strings[RECORD_STRINGS - 1 - i + (i > 1)];

		if (len == missing)
			return i;
		len += arena_printf(arena, "%zu:%s", strlen(text), text).len;
	}
	return -1;
}

static void test_codec(void **state)
{
	struct arena *arena = arena_new();
	struct record in = example("Q1"), out;
	struct strbuf buf;
	struct str text;

	(void)state;
	in.client_name = NULL;
	in.sender = "spammer:12:x@client.example";
	in.score = -18200;
	in.origin = "mx1 abcdef";
	strbuf_init(&buf, arena);
	record_encode(&buf, &in);
	text = strbuf_str(&buf);
	assert_true(record_decode(arena, text, &out));
	assert_int_equal(out.kind, RECORD_DISCARDED);
	assert_int_equal(out.time_us, in.time_us);
	assert_int_equal(out.score, -18200);
	assert_int_equal(out.size, 12345);
	assert_string_equal(out.sender, in.sender);
	assert_string_equal(out.client_name, "");
	assert_string_equal(out.rules, in.rules);
	assert_string_equal(out.kept, "for a reason");
	for (size_t len = 0; len < text.len; len++) {
		char *copy = arena_cstr(arena, str_prefix(text, len));
		/* What older versions wrote: without the last ones. */
		size_t missing = text.len - len;
		int later = later_strings(arena, &in, missing);

		assert_int_equal(record_decode(arena, str_prefix(text, len), &out), later >= 0);
		assert_int_equal(record_decode_in_place(copy, len, &out), later >= 0);
		if (later >= 0) {
			assert_string_equal(out.reported_as, "");
			assert_int_equal(out.doubt, later > 1 ? 0 : in.doubt);
			assert_string_equal(out.matched, later > 2 ? "" : in.matched);
			assert_string_equal(out.kept, later > 7 ? "" : in.kept);
			assert_string_equal(out.origin, later > 8 ? "" : in.origin);
		}
	}
	/* What newer ones may write: with more. */
	assert_true(record_decode(arena, arena_printf(arena, "%.*s3:new0:", STR_FMT(text)), &out));
	assert_string_equal(out.origin, "mx1 abcdef");
	assert_false(record_decode(arena, arena_printf(arena, "%.*s3:ne", STR_FMT(text)), &out));
	assert_true(record_decode_in_place(arena_cstr(arena, text), text.len, &out));
	assert_string_equal(out.scan_id, in.scan_id);
	assert_string_equal(out.sender, in.sender);
	assert_string_equal(out.client_name, "");
	assert_string_equal(out.rules, in.rules);
	assert_true(str_eq(record_key(arena, &in), record_key(arena, &in)));
	in.content = "other";
	assert_false(str_eq(record_key(arena, &in), record_key(arena, &out)));
	arena_free(arena);
}

static void test_uri(void **state)
{
	static const char *const bad[] = { "redis:",
		                           "redis:host",
		                           "redis://",
		                           "redis://host:port",
		                           "redis://host/x",
		                           "redis://host?journal=relative",
		                           "redis://host?other=/x",
		                           "redis://user@host" };
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (store_check_uri(bad[i], &err))
			fail_msg("%s", bad[i]);
	assert_true(store_check_uri("redis://host", &err));
	assert_true(store_check_uri("redis://:pa@ss:w@host:1234/5?journal=/var/x", &err));
}

/* The answer of redis-cli to a command, or an EVAL. */
static const char *redis_cli(int database, const char *command)
{
	static char answer[256];
	char line[1500];
	size_t len;
	FILE *pipe;

	snprintf(line, sizeof(line), "redis-cli -p %d -n %d %s", port, database, command);
	pipe = popen(line, "r");
	len = fread(answer, 1, sizeof(answer) - 1, pipe);
	answer[len > 0 ? len - 1 : 0] = '\0';
	pclose(pipe);
	return answer;
}

/* Of discards more is kept; what is counted is there, and nothing is left behind in the end. */
static void test_size(void **state)
{
	int64_t now = (int64_t)time(NULL) * 1000000;
	struct store_retention retention = { .now_us = now, .max_bytes = 500000 };
	struct store *store = open_or_fail(5, "j5");
	struct record records[500];
	static char ids[500][16];
	struct store_expiry expiry;
	struct error err;
	int steps = 0;

	(void)state;
	for (int i = 0; i < 500; i++) {
		snprintf(ids[i], sizeof(ids[i]), "Q%d", i);
		records[i] = example(ids[i]);
		records[i].kind = i % 5 == 0 ? RECORD_DISCARDED : RECORD_DELIVERED;
		records[i].time_us = now - (500 - i) * INT64_C(3600000000);
	}
	write_or_fail(store, records, 500);
	assert_true(atoi(redis_cli(5, "GET assay:bytes")) > 550000);
	do
		assert_true(store_expire(store, &retention, 50, &expiry, &err) && ++steps < 50);
	while (expiry.more);
	assert_true(atoi(redis_cli(5, "GET assay:bytes")) <= 450000);
	assert_int_equal(count_kind(store, RECORD_DISCARDED), 100);
	assert_true(count_kind(store, RECORD_DELIVERED) > 100);
	retention = (struct store_retention){ .now_us = now, .max_age_us = 1 };
	do
		assert_true(store_expire(store, &retention, 200, &expiry, &err));
	while (expiry.more);
	assert_int_equal(read_all(store, (struct store_query){ 0 }).count, 0);
	assert_string_equal(redis_cli(5, "GET assay:bytes"), "0");
	/* The number of the newest and the version; and what the last week left unanswered. */
	redis_cli(5, "DEL assay:unanswered");
	assert_string_equal(redis_cli(5, "DBSIZE"), "3");
	store_close(store);
}

/* Whatever the size: old discards go before deliveries of the last day. */
static void test_young_deliveries_stay(void **state)
{
	int64_t now = (int64_t)time(NULL) * 1000000, day = INT64_C(86400000000);
	struct store_retention retention = { .now_us = now, .max_bytes = 350000 };
	struct store *store = open_or_fail(2, "j2");
	struct record records[300];
	static char ids[300][16];
	struct store_expiry expiry;
	struct error err;

	(void)state;
	for (int i = 0; i < 300; i++) {
		snprintf(ids[i], sizeof(ids[i]), "Q%d", i);
		records[i] = example(ids[i]);
		records[i].kind = i % 2 ? RECORD_DISCARDED : RECORD_DELIVERED;
		records[i].time_us = i % 2 ? now - 30 * day : now - day + 60000000;
	}
	write_or_fail(store, records, 300);
	do
		assert_true(store_expire(store, &retention, 20, &expiry, &err));
	while (expiry.more);
	assert_int_equal(count_kind(store, RECORD_DELIVERED), 150);
	assert_true(count_kind(store, RECORD_DISCARDED) < 140);
	store_close(store);
}

/* Once all has expired, nothing is left of what tells whether a record is another's repetition. */
static void test_leaves_nothing(void **state)
{
	struct store *store = open_or_fail(0, "j0");
	struct record first = example("Q1"), again = example("Q2"), forwarded = example("Q3");

	(void)state;
	write_or_fail(store, &first, 1);
	first.answered = 1;
	write_or_fail(store, &first, 1);
	again.scan_id = "scan2";
	again.time_us += 10000000;
	write_or_fail(store, &again, 1);
	forwarded.kind = RECORD_FORWARDED;
	forwarded.scan_id = "scan3";
	forwarded.time_us += 20000000;
	write_or_fail(store, &forwarded, 1);
	assert_int_equal(
		expire(store,
	               (struct store_retention){ .now_us = forwarded.time_us + 2, .max_age_us = 1 },
	               10)
			.removed,
		2);
	assert_string_equal(redis_cli(0, "HLEN assay:once"), "0");
	assert_string_equal(redis_cli(0, "EXISTS assay:merged assay:kind:0 assay:msg:Q2"), "0");
	assert_string_equal(redis_cli(0, "GET assay:bytes"), "0");
	store_close(store);
}

/* Back to what version 1 wrote: sets of all kinds in one, and no number of the version. */
static const char make_old[] =
	"EVAL \"for _, n in ipairs({'rcpt', 'rdom', 'dest', 'ddom'}) do "
	"for _, k in ipairs(redis.call('KEYS', 'assay:' .. n .. ':*')) do "
	"local old = string.gsub(k, ':%d:', ':', 1) "
	"local all = redis.call('ZRANGE', k, 0, -1, 'WITHSCORES') "
	"for i = 1, #all, 2 do redis.call('ZADD', old, all[i + 1], all[i]); "
	"redis.call('ZADD', 'assay:time', all[i + 1], all[i]) end "
	"redis.call('DEL', k) end end "
	"return redis.call('DEL', 'assay:schema', 'assay:bytes', 'assay:unanswered')\" 0";

static void test_older_schema(void **state)
{
	struct store *store = open_or_fail(1, "j9");
	struct record r[3] = { example("A"), example("B"), example("C") };
	struct error err;
	char bytes[32];

	(void)state;
	r[1].recipient = "ann@example.org";
	r[2].kind = RECORD_DELIVERED;
	write_or_fail(store, r, 3);
	snprintf(bytes, sizeof(bytes), "%s", redis_cli(1, "GET assay:bytes"));
	store_close(store);
	assert_string_equal(redis_cli(1, make_old), "3");
	assert_string_equal(redis_cli(1, "ZCARD assay:rdom:example.com"), "2");
	assert_null(store_open_reader(uri(1, "x"), &err));
	assert_non_null(strstr(err.text, "older version"));
	/* Another host is at it. */
	redis_cli(1, "SET assay:migrating 1");
	store = open_or_fail(1, "j9");
	write_or_fail(store, r, 3);
	assert_true(store_has_backlog(store));
	store_close(store);
	redis_cli(1, "DEL assay:migrating");
	store = open_or_fail(1, "j9");
	write_or_fail(store, NULL, 0);
	assert_false(store_has_backlog(store));
	assert_int_equal(read_all(store, (struct store_query){ 0 }).count, 3);
	assert_string_equal(
		read_all(store, (struct store_query){ .account = "example.org" }).queue_ids, "B ");
	assert_string_equal(redis_cli(1, "GET assay:bytes"), bytes);
	assert_string_equal(redis_cli(1, "GET assay:schema"), "3");
	assert_string_equal(redis_cli(1, "EXISTS assay:time assay:rdom:example.com "
	                                 "assay:migrating"),
	                    "0");
	store_close(store);
	redis_cli(1, "SET assay:schema 4");
	assert_null(store_open_reader(uri(1, "x"), &err));
	assert_non_null(strstr(err.text, "newer version"));
}

/* Redis goes and comes back: nothing is lost, nothing is there twice. */
static void test_outage(void **state)
{
	struct store *store = open_or_fail(3, "j3"), *other = open_or_fail(3, "j3b");
	struct record r = example("");
	struct store_query all = { 0 };
	struct error err;
	char id[16];

	(void)state;
	for (int i = 0; i < 30; i++) {
		snprintf(id, sizeof(id), "Q%d", i);
		r.queue_id = id;
		if (i == 10)
			stop_server();
		write_or_fail(i % 2 ? store : other, &r, 1);
	}
	assert_true(store_has_backlog(store));
	assert_null(store_open_reader(uri(3, "x"), &err));
	/* The process goes, too. */
	store_close(store);
	store = open_or_fail(3, "j3");
	start_server();
	usleep(1100000);
	write_or_fail(store, NULL, 0);
	write_or_fail(other, NULL, 0);
	assert_false(store_has_backlog(store));
	assert_int_equal(read_all(store, all).count, 30);
	/* Offered again, by either host. */
	for (int i = 0; i < 30; i++) {
		snprintf(id, sizeof(id), "Q%d", i);
		r.queue_id = id;
		write_or_fail(i % 3 ? store : other, &r, 1);
	}
	assert_int_equal(read_all(other, all).count, 30);
	store_close(store);
	store_close(other);
}

/* The recorder hands the journal over by itself, and a drop may go on meanwhile. */
static void test_recorder_outage(void **state)
{
	struct record r = example("DROP");
	struct recorder *recorder;
	struct store *reader;
	struct error err;

	(void)state;
	recorder = recorder_start(uri(4, "j4"), &err);
	assert_non_null(recorder);
	recorder_keep(recorder, 0, 0);
	stop_server();
	assert_true(recorder_commit(recorder, &r, 1, deadline_in_ms(60000), &err));
	start_server();
	usleep(3000000);
	reader = store_open_reader(uri(4, "x"), &err);
	assert_non_null(reader);
	assert_int_equal(read_all(reader, (struct store_query){ 0 }).count, 1);
	store_close(reader);
	recorder_stop(recorder);
}

int main(void)
{
	const struct CMUnitTest local[] = {
		cmocka_unit_test(test_codec),
		cmocka_unit_test(test_uri),
	};
	const struct CMUnitTest with_server[] = {
		STORE_CASES,
		cmocka_unit_test(test_leaves_nothing),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_young_deliveries_stay),
		cmocka_unit_test(test_older_schema),
		cmocka_unit_test(test_outage),
		cmocka_unit_test(test_recorder_outage),
	};
	int failed = cmocka_run_group_tests_name("store_redis", local, NULL, NULL);

	if (access(SERVER, X_OK) == 0) {
		scratch_path("made before the server needs it");
		port = 20000 + getpid() % 10000;
		start_server();
		failed +=
			cmocka_run_group_tests_name("store_redis_server", with_server, NULL, NULL);
		stop_server();
	}
	scratch_remove(NULL);
	return failed;
}
