/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Redis store and its journal, with a redis-server of its own where one is installed. */
#include "tests/unit/unit.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "store/record_codec.h"
#include "store/recorder.h"
#include "tests/unit/scratch.h"

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
		.sender = "spammer:12:x@client.example",
		.recipient = "Joe@example.com",
		.destination = "joe@AOL.example",
		.score = -18200,
		.threshold = 6000,
		.client_ip = "192.0.2.1",
		.rules = "A=10,B=8.2",
		.kept = "for a reason",
		.size = 12345,
		.tagged = 1,
	};
}

struct seen {
	size_t count;
	int64_t last_id;
	char queue_ids[512];
};

static bool remember(const struct record *record, int64_t id, void *context)
{
	struct seen *seen = context;

	seen->count++;
	seen->last_id = id;
	if (strlen(seen->queue_ids) < 400)
		strcat(strcat(seen->queue_ids, record->queue_id), " ");
	return true;
}

static struct seen read_all(struct store *store, struct store_query query)
{
	struct seen seen = { 0 };
	struct error err;

	if (!store_read(store, &query, remember, &seen, &err))
		fail_msg("%s", err.text);
	return seen;
}

static void test_codec(void **state)
{
	struct arena *arena = arena_new();
	struct record in = example("Q1"), out;
	struct strbuf buf;
	struct str text;

	(void)state;
	in.client_name = NULL;
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
		bool whole = missing == strlen("12:for a reason") ||
		             missing == strlen("10:mx1 abcdef12:for a reason");

		assert_int_equal(record_decode(arena, str_prefix(text, len), &out), whole);
		assert_int_equal(record_decode_in_place(copy, len, &out), whole);
		if (whole)
			assert_string_equal(out.kept, "");
		if (whole && missing > 20)
			assert_string_equal(out.origin, "");
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

static void test_queries(void **state)
{
	struct record r[4] = { example("A"), example("B"), example("C"), example("D") };
	struct store *store = open_or_fail(1, "j1");
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
	write_or_fail(store, r, 4);
#define QUERY(...) read_all(store, (struct store_query){ __VA_ARGS__ })
	assert_string_equal(QUERY(0).queue_ids, "D C B A ");
	assert_string_equal(QUERY(.kinds = 1 << RECORD_DISCARDED).queue_ids, "D B A ");
	assert_string_equal(QUERY(.tagged_only = true).queue_ids, "D B A ");
	assert_string_equal(QUERY(.account = "JANE@example.org").queue_ids, "B ");
	assert_string_equal(QUERY(.account = "Example.com").queue_ids, "D C A ");
	assert_string_equal(QUERY(.destination = "aol.EXAMPLE").queue_ids, "C B A ");
	assert_string_equal(QUERY(.account = "example.com", .destination = "aol.example",
	                          .kinds = 1 << RECORD_DISCARDED)
	                            .queue_ids,
	                    "A ");
	assert_string_equal(QUERY(.since_us = 3000).queue_ids, "B A ");
	assert_string_equal(QUERY(.limit = 2).queue_ids, "D C ");
	assert_string_equal(QUERY(.message = "B").queue_ids, "B ");
	assert_string_equal(QUERY(.message = "special@id").queue_ids, "B ");
	assert_string_equal(QUERY(.message = "nothing").queue_ids, "");
	seen = QUERY(.message = "B");
	assert_string_equal(QUERY(.after_id = seen.last_id).queue_ids, "C D ");
#undef QUERY
	store_close(store);
}

static bool sum_count(const struct store_count *count, void *context)
{
	*(int64_t *)context += count->count;
	assert_string_equal(count->domain, "example.com");
	return true;
}

static void test_counts_and_expiry(void **state)
{
	struct store *store = open_or_fail(2, "j2");
	struct record r = example("");
	int64_t now = (int64_t)time(NULL) * 1000000, sum = 0;
	struct store_retention retention = { .now_us = now, .max_age_us = 24 };
	struct store_expiry expiry;
	struct error err;
	char id[16];

	(void)state;
	for (int i = 0; i < 50; i++) {
		snprintf(id, sizeof(id), "Q%d", i);
		r.queue_id = id;
		r.time_us = now - i;
		r.kind = i % 5 == 0 ? RECORD_REJECTED : RECORD_DELIVERED;
		write_or_fail(store, &r, 1);
	}
	assert_true(store_read_counts(store, 0, "Example.com", sum_count, &sum, &err));
	assert_int_equal(sum, 10);
	assert_int_equal(read_all(store, (struct store_query){ 0 }).count, 40);
	assert_true(store_expire(store, &retention, 15, &expiry, &err));
	assert_int_equal(expiry.removed, 15);
	assert_true(store_expire(store, &retention, 15, &expiry, &err));
	assert_int_equal(expiry.removed, 5);
	assert_false(expiry.more);
	assert_int_equal(read_all(store, (struct store_query){ .account = "example.com" }).count,
	                 20);
	r.queue_id = "Q1";
	r.kind = RECORD_DELIVERED;
	assert_true(store_retract(store, &r, 1, &err));
	assert_int_equal(read_all(store, (struct store_query){ 0 }).count, 19);
	store_close(store);
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

static size_t count_kind(struct store *store, enum record_kind kind)
{
	return read_all(store, (struct store_query){ .kinds = 1u << kind }).count;
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
	struct store *store = open_or_fail(12, "j12");
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

/* A discard that was not answered is offered again: under another queue id it is the same. */
static void test_unanswered(void **state)
{
	struct store *store = open_or_fail(6, "j6"), *other = open_or_fail(6, "j6b");
	struct record first = example("Q1"), again = example("Q2"), answered;
	struct store_query all = { 0 };
	struct store_retention none;
	struct store_expiry expiry;
	struct error err;

	(void)state;
	write_or_fail(store, &first, 1);
	again.scan_id = "scan2";
	write_or_fail(other, &again, 1);
	assert_int_equal(read_all(store, all).count, 2);
	/* The news of one's answer is none of the other's. */
	answered = first;
	answered.answered = 1;
	write_or_fail(store, &answered, 1);
	again.queue_id = "Q3";
	again.scan_id = "scan3";
	again.time_us += 10000000;
	write_or_fail(store, &again, 1);
	assert_string_equal(read_all(store, all).queue_ids, "Q1 Q3 ");
	assert_int_equal(read_all(store, (struct store_query){ .message = "scan3" }).count, 1);
	assert_int_equal(read_all(store, (struct store_query){ .message = "scan2" }).count, 0);
	/* The journal hands over what it had handed over before: still the same. */
	again.queue_id = "Q2";
	again.scan_id = "scan2";
	again.time_us -= 10000000;
	write_or_fail(store, &again, 1);
	assert_int_equal(read_all(store, all).count, 2);
	/* The news of one's answer is none of the other's. */
	answered = first;
	answered.answered = 1;
	write_or_fail(store, &answered, 1);
	again.queue_id = "Q3";
	again.scan_id = "scan3";
	again.time_us += 10000000;
	answered = again;
	answered.answered = 1;
	write_or_fail(store, &answered, 1);
	again.queue_id = "Q4";
	again.scan_id = "scan4";
	again.time_us += 10000000;
	write_or_fail(store, &again, 1);
	assert_string_equal(read_all(store, all).queue_ids, "Q1 Q3 Q4 ");
	again.kind = RECORD_FORWARDED;
	again.queue_id = "Q5";
	again.scan_id = "scan5";
	again.time_us += 10000000;
	write_or_fail(other, &again, 1);
	assert_string_equal(read_all(store, all).queue_ids, "Q1 Q3 Q5 ");
	assert_int_equal(count_kind(store, RECORD_DISCARDED), 2);
	assert_int_equal(count_kind(store, RECORD_FORWARDED), 1);
	none = (struct store_retention){ .now_us = again.time_us + 2, .max_age_us = 1 };
	assert_true(store_expire(store, &none, 10, &expiry, &err));
	assert_int_equal(expiry.removed, 3);
	assert_string_equal(redis_cli(6, "HLEN assay:once"), "0");
	assert_string_equal(redis_cli(6, "EXISTS assay:merged assay:kind:0 assay:msg:Q2"), "0");
	assert_string_equal(redis_cli(6, "GET assay:bytes"), "0");
	store_close(store);
	store_close(other);
}

/* What one host wrote and didn't live to answer, another one gets at once: it is the same. */
static void test_other_origin(void **state)
{
	struct store *store = open_or_fail(11, "j11");
	struct record first = example("Q1"), again = example("Q2"), repeated, answered;
	struct store_query all = { 0 };

	(void)state;
	first.origin = "mx1 1";
	again.origin = "mx2 1";
	again.scan_id = "scan2";
	again.time_us += 1000;
	write_or_fail(store, &first, 1);
	write_or_fail(store, &again, 1);
	assert_string_equal(read_all(store, all).queue_ids, "Q2 ");
	/* The next life of the same host is another; its clock may be after. */
	again.queue_id = "Q3";
	again.scan_id = "scan3";
	again.origin = "mx2 2";
	again.time_us -= 2000;
	write_or_fail(store, &again, 1);
	assert_string_equal(read_all(store, all).queue_ids, "Q3 ");
	/* Within one life, two at once are two. */
	again.queue_id = "Q4";
	again.scan_id = "scan4";
	again.time_us += 2;
	write_or_fail(store, &again, 1);
	assert_string_equal(read_all(store, all).queue_ids, "Q3 Q4 ");
	/* One that is there, beside another that waits: it doesn't take that one's place as well.
	 */
	repeated = again;
	repeated.scan_id = "scan5";
	repeated.time_us += 10000000;
	write_or_fail(store, &repeated, 1);
	assert_string_equal(read_all(store, all).queue_ids, "Q3 Q4 ");
	/* And it is under that scan that it gets its answer. */
	answered = repeated;
	answered.answered = 1;
	write_or_fail(store, &answered, 1);
	answered.scan_id = "scan3";
	write_or_fail(store, &answered, 1);
	again.queue_id = "Q6";
	again.scan_id = "scan6";
	again.origin = "mx1 2";
	again.time_us += 20000000;
	write_or_fail(store, &again, 1);
	assert_string_equal(read_all(store, all).queue_ids, "Q3 Q4 Q6 ");
	store_close(store);
}

static bool describe_group(const struct store_group *group, void *context)
{
	char *text = context;

	sprintf(text + strlen(text), "%s %s %d %zu\n", group->destination, group->recipient,
	        group->score, group->count);
	return true;
}

static void test_groups(void **state)
{
	struct store *store = open_or_fail(7, "j7");
	struct record r[4] = { example("A"), example("B"), example("C"), example("D") };
	struct store_query query = { .kinds = 1u << RECORD_DISCARDED };
	char text[500] = "";
	struct error err;

	(void)state;
	r[1].recipient = "joe@EXAMPLE.com";
	r[2].recipient = "ann@example.org";
	r[3].kind = RECORD_DELIVERED;
	write_or_fail(store, r, 4);
	assert_true(store_read_groups(store, &query, describe_group, text, &err));
	assert_string_equal(text, "joe@AOL.example ann@example.org -18200 1\n"
	                          "joe@AOL.example Joe@example.com -18200 2\n");
	text[0] = '\0';
	query.account = "example.com";
	query.up_to_id = 1;
	assert_true(store_read_groups(store, &query, describe_group, text, &err));
	assert_string_equal(text, "joe@AOL.example Joe@example.com -18200 1\n");
	store_close(store);
}

/* More than are asked for at a time; and a reader that has seen enough leaves nothing after. */
static void test_many(void **state)
{
	struct store *store = open_or_fail(8, "j8");
	struct record records[1201];
	static char ids[1201][16];

	(void)state;
	for (int i = 0; i < 1201; i++) {
		snprintf(ids[i], sizeof(ids[i]), "Q%d", i);
		records[i] = example(ids[i]);
		records[i].time_us += 1201 - i;
	}
	write_or_fail(store, records, 1201);
	assert_int_equal(read_all(store, (struct store_query){ 0 }).count, 1201);
	assert_string_equal(read_all(store, (struct store_query){ .limit = 2 }).queue_ids,
	                    "Q1200 Q1199 ");
	assert_int_equal(read_all(store, (struct store_query){ .limit = 700 }).count, 700);
	assert_string_equal(read_all(store, (struct store_query){ .message = "Q7" }).queue_ids,
	                    "Q7 ");
	assert_int_equal(read_all(store, (struct store_query){ .after_id = 1000 }).count, 201);
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
	struct store *store = open_or_fail(9, "j9");
	struct record r[3] = { example("A"), example("B"), example("C") };
	struct error err;
	char bytes[32];

	(void)state;
	r[1].recipient = "ann@example.org";
	r[2].kind = RECORD_DELIVERED;
	write_or_fail(store, r, 3);
	snprintf(bytes, sizeof(bytes), "%s", redis_cli(9, "GET assay:bytes"));
	store_close(store);
	assert_string_equal(redis_cli(9, make_old), "3");
	assert_string_equal(redis_cli(9, "ZCARD assay:rdom:example.com"), "2");
	assert_null(store_open_reader(uri(9, "x"), &err));
	assert_non_null(strstr(err.text, "older version"));
	/* Another host is at it. */
	redis_cli(9, "SET assay:migrating 1");
	store = open_or_fail(9, "j9");
	write_or_fail(store, r, 3);
	assert_true(store_has_backlog(store));
	store_close(store);
	redis_cli(9, "DEL assay:migrating");
	store = open_or_fail(9, "j9");
	write_or_fail(store, NULL, 0);
	assert_false(store_has_backlog(store));
	assert_int_equal(read_all(store, (struct store_query){ 0 }).count, 3);
	assert_string_equal(
		read_all(store, (struct store_query){ .account = "example.org" }).queue_ids, "B ");
	assert_string_equal(redis_cli(9, "GET assay:bytes"), bytes);
	assert_string_equal(redis_cli(9, "GET assay:schema"), "3");
	assert_string_equal(redis_cli(9, "EXISTS assay:time assay:rdom:example.com "
	                                 "assay:migrating"),
	                    "0");
	store_close(store);
	redis_cli(9, "SET assay:schema 4");
	assert_null(store_open_reader(uri(9, "x"), &err));
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
	assert_true(recorder_commit(recorder, &r, 1, deadline_in_ms(8000), &err));
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
		cmocka_unit_test(test_queries),
		cmocka_unit_test(test_counts_and_expiry),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_young_deliveries_stay),
		cmocka_unit_test(test_unanswered),
		cmocka_unit_test(test_other_origin),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_many),
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
