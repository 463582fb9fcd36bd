/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/store_cases.h"

#include <stdio.h>

#include "store/record_codec.h"

void write_or_fail(struct store *store, const struct record *records, size_t count)
{
	struct error err;

	if (!store_write(store, records, count, &err))
		fail_msg("%s", err.text);
}

struct record example(const char *queue_id)
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
		.kept = "for a reason",
		.subject = "Your account, 5 \xe2\x82\xac",
		.authentication = "spf=pass client.example; dkim=none",
		.threshold_origin = "/etc/assay/assay.conf:12",
		.signature = "Eicar",
		.matched = "A\tyour account\nB\t\n\t__C\t:12:\n",
		.exempt = RECORD_NEVER_TAGGED,
		.doubt = 1200,
		.reported_as = "0123456789abcdef0123456789abcdef@reported.invalid",
		.size = 12345,
		.tagged = 1,
	};
}

static bool remember(const struct record *record, int64_t id, void *context)
{
	struct seen *seen = context;

	seen->count++;
	seen->last_id = id;
	seen->last = *record;
	if (strlen(seen->queue_ids) + strlen(record->queue_id) < sizeof(seen->queue_ids) - 1)
		strcat(strcat(seen->queue_ids, record->queue_id), " ");
	return seen->count != seen->stop_after;
}

struct seen read_all(struct store *store, struct store_query query)
{
	struct seen seen = { 0 };
	struct error err;

	if (!store_read(store, &query, remember, &seen, &err))
		fail_msg("%s", err.text);
	return seen;
}

bool count_one(const struct record *record, int64_t id, void *context)
{
	(void)record;
	(void)id;
	*(size_t *)context += 1;
	return true;
}

struct store_expiry expire(struct store *store, struct store_retention retention, size_t limit)
{
	struct store_expiry expiry;
	struct error err;

	if (!store_expire(store, &retention, limit, &expiry, &err))
		fail_msg("%s", err.text);
	return expiry;
}

size_t count_kind(struct store *store, enum record_kind kind)
{
	struct store_query query = { .kinds = 1u << kind };
	struct error err;
	size_t count = 0;

	assert_true(store_read(store, &query, count_one, &count, &err));
	return count;
}

static bool check_all(const struct record *record, int64_t id, void *context)
{
	struct record read = *record, expected = example("Q1");
	const char **got[RECORD_STRINGS], **wanted[RECORD_STRINGS];

	assert_true(id > 0);
	/* Not all backends have it. */
	expected.origin = read.origin = "";
	record_strings(&read, got);
	record_strings(&expected, wanted);
	for (size_t i = 0; i < RECORD_STRINGS; i++)
		assert_string_equal(*got[i], *wanted[i]);
	assert_int_equal(read.kind, expected.kind);
	assert_int_equal(read.time_us, expected.time_us);
	assert_int_equal(read.score, expected.score);
	assert_int_equal(read.threshold, expected.threshold);
	assert_int_equal(read.size, expected.size);
	assert_int_equal(read.tagged, expected.tagged);
	assert_int_equal(read.exempt, expected.exempt);
	assert_int_equal(read.doubt, expected.doubt);
	*(size_t *)context += 1;
	return true;
}

/* All that was written is read; also where a record took the place of another. */
void test_fields(void **state)
{
	struct store *store = store_case_open("fields", "one");
	struct record record = example("Q0");
	struct error err;
	size_t count = 0;

	(void)state;
	record.subject = "another";
	record.matched = "";
	record.exempt = 0;
	record.doubt = 0;
	record.reported_as = "";
	record.scan_id = "scan0";
	record.time_us -= 10000000;
	write_or_fail(store, &record, 1);
	record = example("Q1");
	write_or_fail(store, &record, 1);
	assert_true(store_read(store, &(struct store_query){ 0 }, check_all, &count, &err));
	assert_int_equal(count, 1);
	store_close(store);
}

/* Offered again, a record is there once; a NULL string is an empty one. */
void test_idempotence(void **state)
{
	struct store *store = store_case_open("once", "one");
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
	store = store_case_open("once", "one");
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

void test_queries(void **state)
{
	struct store *store = store_case_open("queries", "one");
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
	r[0].signature = "";
	r[1].signature = r[2].signature = "Win.Test-1";
	r[3].signature = "";
	write_or_fail(store, r, 4);
	write_or_fail(store, r, 4);
#define QUERY(...) read_all(store, (struct store_query){ __VA_ARGS__ })
	assert_string_equal(QUERY(0).queue_ids, "D C B A ");
	assert_string_equal(QUERY(.kinds = 1 << RECORD_DISCARDED).queue_ids, "D B A ");
	assert_string_equal(QUERY(.kinds = 1 << RECORD_DELIVERED | 1 << RECORD_FORWARDED).queue_ids,
	                    "C ");
	assert_string_equal(QUERY(.tagged_only = true).queue_ids, "D B A ");
	assert_string_equal(QUERY(.infected_only = true).queue_ids, "C B ");
	assert_string_equal(QUERY(.account = "JANE@example.org").queue_ids, "B ");
	assert_string_equal(QUERY(.account = "Example.com").queue_ids, "D C A ");
	assert_string_equal(QUERY(.destination = "aol.EXAMPLE").queue_ids, "C B A ");
	assert_string_equal(QUERY(.destination = "joe@gmail.example").queue_ids, "D ");
	assert_string_equal(QUERY(.account = "example.com", .destination = "aol.example",
	                          .kinds = 1 << RECORD_DISCARDED)
	                            .queue_ids,
	                    "A ");
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

bool add_count(const struct store_count *count, void *context)
{
	char *text = context;

	sprintf(text + strlen(text), "%d %d %s %d\n", count->kind,
	        (int)(count->hour_us / 3600000000), count->domain, (int)count->count);
	return true;
}

void test_counts(void **state)
{
	struct store *store = store_case_open("counts", "one");
	struct record r = { .kind = RECORD_REJECTED, .time_us = 3600000000 * 5 + 17 };
	char text[512] = "";
	struct error err;

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
	expire(store, (struct store_retention){ 3600000000 * 7, 3600000000, 0 }, 100);
	text[0] = '\0';
	assert_true(store_read_counts(store, 0, "", add_count, text, &err));
	assert_string_equal(text, "4 6 example.com 1\n5 6 example.com 1\n");
	store_close(store);
}

void test_expire(void **state)
{
	struct store *store = store_case_open("expire", "one");
	struct record record = example("");
	char id[16];
	struct store_expiry expiry;

	(void)state;
	for (int i = 0; i < 100; i++) {
		sprintf(id, "Q%d", i);
		record.queue_id = id;
		record.kind = (enum record_kind)(i % 4);
		record.time_us = i;
		write_or_fail(store, &record, 1);
	}
	assert_int_equal(expire(store, (struct store_retention){ 60, 10, 0 }, 30).removed, 30);
	expiry = expire(store, (struct store_retention){ 60, 10, 0 }, 30);
	assert_int_equal(expiry.removed, 20);
	assert_false(expiry.more || expiry.for_size);
	assert_int_equal(expire(store, (struct store_retention){ 60, 10, 0 }, 30).removed, 0);
	assert_int_equal(read_all(store, (struct store_query){ .limit = 1 }).last.time_us, 50);
	store_close(store);
}

/* A discard that was not answered is offered again: under another queue id it is the same. */
void test_unanswered(void **state)
{
	struct store *store = store_case_open("unanswered", "one");
	struct store *other = store_case_open("unanswered", "other");
	struct record first = example("Q1"), again = example("Q2"), answered;
	struct store_query all = { 0 };
	struct error err;

	(void)state;
	write_or_fail(store, &first, 1);
	/* Two of the same at once are two. */
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
	again.score = 6000;
	write_or_fail(store, &again, 1);
	assert_string_equal(read_all(store, all).queue_ids, "Q1 Q3 ");
	assert_int_equal(read_all(store, (struct store_query){ .message = "scan3" }).last.score,
	                 6000);
	/* Of one that was answered, another that is the same is another. */
	answered = again;
	answered.answered = 1;
	write_or_fail(store, &answered, 1);
	again.queue_id = "Q4";
	again.scan_id = "scan4";
	again.time_us += 10000000;
	write_or_fail(store, &again, 1);
	assert_string_equal(read_all(store, all).queue_ids, "Q1 Q3 Q4 ");
	/* The next offer is not dropped: what was written of the last was not so. */
	again.kind = RECORD_FORWARDED;
	again.queue_id = "Q5";
	again.scan_id = "scan5";
	again.time_us += 10000000;
	write_or_fail(other, &again, 1);
	assert_string_equal(read_all(store, all).queue_ids, "Q1 Q3 Q5 ");
	assert_int_equal(count_kind(store, RECORD_DISCARDED), 2);
	/* Other mail, and what comes weeks later, is not the same. */
	first.queue_id = "Q6";
	first.time_us += 60000000;
	write_or_fail(store, &first, 1);
	first.queue_id = "Q7";
	first.scan_id = "scan7";
	first.content = "c0ffef";
	first.time_us += 60000000;
	write_or_fail(store, &first, 1);
	first.queue_id = "Q8";
	first.scan_id = "scan8";
	first.time_us += 6 * DAY_US;
	write_or_fail(store, &first, 1);
	assert_int_equal(read_all(store, all).count, 6);
	/* Taken out again, it leaves nothing after. */
	assert_true(store_retract(store, &first, 1, &err));
	first.queue_id = "Q9";
	first.scan_id = "scan9";
	first.time_us += 60000000;
	write_or_fail(store, &first, 1);
	assert_int_equal(read_all(store, all).count, 6);
	store_close(store);
	store_close(other);
}

/* What one host wrote and didn't live to answer, another one gets at once: it is the same. */
void test_other_origin(void **state)
{
	struct store *store = store_case_open("origins", "one");
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

	sprintf(text + strlen(text), "%s %s %s %d %zu\n", group->destination, group->recipient,
	        group->sender, group->score, group->count);
	return true;
}

void assert_groups(struct store *store, struct store_query query, const char *expected)
{
	char text[1000] = "";
	struct error err;

	if (!store_read_groups(store, &query, describe_group, text, &err))
		fail_msg("%s", err.text);
	assert_string_equal(text, expected);
}

void test_groups(void **state)
{
	struct store *store = store_case_open("groups", "one");
	struct record r[6] = { example("A"), example("B"), example("C"),
		               example("D"), example("E"), example("F") };
	const unsigned discards = 1u << RECORD_DISCARDED;

	(void)state;
	r[1].recipient = "joe@EXAMPLE.com";
	r[2].recipient = "ann@example.org";
	r[3].destination = "zoe@gmail.example";
	r[4].kind = RECORD_DELIVERED;
	r[5].time_us += 5;
	/* Higher and later: groups of one recipient come in an order of the backend's own. */
	r[5].score = 19000;
	write_or_fail(store, r, 6);
	assert_groups(store, (struct store_query){ .kinds = discards },
	              "joe@AOL.example ann@example.org spammer@client.example 18200 1\n"
	              "joe@AOL.example Joe@example.com spammer@client.example 18200 2\n"
	              "joe@AOL.example Joe@example.com spammer@client.example 19000 1\n"
	              "zoe@gmail.example Joe@example.com spammer@client.example 18200 1\n");
	assert_groups(store, (struct store_query){ .kinds = discards, .account = "Example.ORG" },
	              "joe@AOL.example ann@example.org spammer@client.example 18200 1\n");
	assert_groups(store,
	              (struct store_query){ .kinds = discards, .destination = "gmail.example" },
	              "zoe@gmail.example Joe@example.com spammer@client.example 18200 1\n");
	assert_groups(store, (struct store_query){ .kinds = discards, .since_us = r[5].time_us },
	              "joe@AOL.example Joe@example.com spammer@client.example 19000 1\n");
	assert_groups(store,
	              (struct store_query){
			      .kinds = discards, .up_to_id = 3, .account = "joe@example.com" },
	              "joe@AOL.example Joe@example.com spammer@client.example 18200 2\n");
	store_close(store);
}

/* More than are asked for at a time; and a reader that has seen enough leaves nothing after. */
void test_many(void **state)
{
	struct store *store = store_case_open("more", "one");
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
