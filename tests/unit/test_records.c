/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "milter/records.h"
#include "tests/unit/ending.h"
#include "tests/unit/scratch.h"

#define HOP "[daemon FORWARD]\nrole forward\n"
#define HEADERS                                                                                    \
	"Received: from mx.example.com by us with ESMTP id HOP1; now\n"                            \
	"Received: from a by us with ESMTP id FRONT9; now\n"                                       \
	"Message-ID: <one@example.com>\n\n"

static struct example example;
static const char *uri;
static const char *example_headers = HEADERS;

static int set_up(void **state)
{
	static unsigned number;
	struct error error;
	char name[32];

	(void)state;
	example_init(&example, HOP, example_headers);
	snprintf(name, sizeof(name), "%u.db", number++);
	uri = arena_printf(example.arena, "sqlite:%s", scratch_path(name)).data;
	example.service.recorder = recorder_start(uri, &error);
	assert_non_null(example.service.recorder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	recorder_stop(example.service.recorder);
	example_deinit(&example);
	return 0;
}

static void flush(void)
{
	recorder_stop(example.service.recorder);
	example.service.recorder = NULL;
}

static bool describe(const struct record *record, int64_t id, void *context)
{
	char *text = context;
	size_t len = strlen(text);

	(void)id;
	snprintf(text + len, 2000 - len, "%d %s %s %s>%s %d/%d %s %s %lld %d\n", record->kind,
	         record->queue_id, record->sender, record->recipient, record->destination,
	         record->score, record->threshold, record->rules, record->message_id,
	         (long long)record->size, record->tagged);
	return true;
}

static const char *recorded(void)
{
	static char text[2000];
	struct store_query query = { 0 };
	struct error error;
	struct store *store = store_open_reader(uri, &error);

	text[0] = '\0';
	assert_non_null(store);
	assert_true(store_read(store, &query, describe, text, &error));
	store_close(store);
	return text;
}

static void test_delivered(void **state)
{
	(void)state;
	example.verdict.recipients[1].class = RECIPIENT_FORWARDED;
	example.verdict.recipients[1].destination = STR("x@far.example");
	example.verdict.recipients[1].threshold = 7000;
	example_add_recipient(&example, STR("dry@example.net"));
	example.verdict.recipients[2].class = RECIPIENT_FORWARDED;
	example.verdict.recipients[2].destination = STR("x@dry.example");
	example.verdict.recipients[2].observe = true;
	records_submit_rest(&example.ending);
	flush();
	assert_string_equal(recorded(),
	                    "2 4XYZ ann@example.com joe@example.net> 6200/5000 A=4,B=2.2 "
	                    "one@example.com 4711 1\n"
	                    "3 4XYZ ann@example.com away@example.net>x@far.example 6200/7000 "
	                    "A=4,B=2.2 one@example.com 4711 1\n"
	                    "6 4XYZ ann@example.com dry@example.net>x@dry.example 6200/5000 "
	                    "A=4,B=2.2 one@example.com 4711 1\n");
}

static void test_drop_is_durable_at_once(void **state)
{
	struct error error;

	(void)state;
	example.verdict.action = VERDICT_PARTIAL;
	example.verdict.tag = false;
	example.verdict.recipients[1].drop = true;
	example.verdict.recipients[1].destination = STR("x@far.example");
	assert_true(records_commit_drops(&example.ending, &error));
	assert_string_equal(recorded(),
	                    "0 4XYZ ann@example.com away@example.net>x@far.example 6200/5000 "
	                    "A=4,B=2.2 one@example.com 4711 0\n");
	records_submit_rest(&example.ending);
	flush();
	assert_non_null(strstr(recorded(), "2 4XYZ ann@example.com joe@example.net>"));
}

static bool describe_kept(const struct record *record, int64_t id, void *context)
{
	char *text = context;

	(void)id;
	snprintf(text + strlen(text), 1000, "%s>%s: %s\n", record->recipient, record->destination,
	         record->kept);
	return true;
}

/* An escape is told by its record, and whoever may have been meant has one. */
static void test_kept_and_shared(void **state)
{
	struct str others[] = { STR_INIT("ann@example.net"), STR_INIT("@else.example") };
	static char text[4000];
	struct store_query query = { 0 };
	struct store *store;
	struct error error;

	(void)state;
	example.verdict.action = VERDICT_PARTIAL;
	example.verdict.recipients[0].class = RECIPIENT_FORWARDED;
	example.verdict.recipients[0].destination = STR("x@far.example");
	example.verdict.recipients[0].kept = STR("spf: it might be lower");
	example.verdict.recipients[1].drop = true;
	example.verdict.recipients[1].hosted = STR("away@example.net");
	example.verdict.recipients[1].others = (struct str_list){ others, 2, 0 };
	example.verdict.recipients[1].destination = STR("y@far.example");
	assert_true(records_commit_drops(&example.ending, &error));
	records_submit_rest(&example.ending);
	flush();
	store = store_open_reader(uri, &error);
	assert_non_null(store);
	assert_true(store_read(store, &query, describe_kept, text, &error));
	store_close(store);
	assert_string_equal(text, "away@example.net>y@far.example: \n"
	                          "ann@example.net>y@far.example: \n"
	                          "@else.example>y@far.example: \n"
	                          "joe@example.net>x@far.example: spf: it might be lower\n");
}

static bool check_details(const struct record *record, int64_t id, void *context)
{
	(void)id;
	assert_string_equal(record->subject, ((const char **)context)[0]);
	assert_string_equal(record->matched, ((const char **)context)[1]);
	assert_string_equal(record->authentication, "dmarc=fail client.example");
	assert_string_equal(record->threshold_origin, "/etc/assay.conf:7");
	assert_int_equal(record->exempt, RECORD_NEVER_DROPPED);
	assert_int_equal(record->doubt, 700);
	return true;
}

/* What a reader of the record is told besides; and what the settings keep out of it. */
static void check_recorded(bool subjects, enum record_matched wanted, const char *expected[2])
{
	struct rule_hit hit = { .name = STR("A"), .score = 4000, .matched = STR("your account") };
	struct hits hits = { &hit, 1, 0, .limits = 0 };
	struct dmarc dmarc = { .result = DMARC_FAIL, .author = STR("client.example") };
	struct store_query query = { 0 };
	struct store *store;
	struct error error;

	set_up(NULL);
	example.policy.settings.record_subjects = subjects;
	example.policy.settings.record_matched = wanted;
	example.facts.dmarc = &dmarc;
	example.assay.hits = &hits;
	example.assay.floor = 5500;
	for (size_t i = 0; i < 2; i++)
		example.verdict.recipients[i].threshold_from = "/etc/assay.conf:7";
	records_submit_rest(&example.ending);
	flush();
	store = store_open_reader(uri, &error);
	assert_non_null(store);
	assert_true(store_read(store, &query, check_details, expected, &error));
	store_close(store);
	tear_down(NULL);
}

static void test_what_settings_keep_out(void **state)
{
	/* A Subject of 101 letters of two bytes is cut before the one that has no room. */
	static char headers[400], cut[300];
	const char *nothing[] = { "", "" }, *all[] = { cut, "A\tyour account\n" };
	const char *subject_only[] = { cut, "" };

	(void)state;
	strcpy(headers, "Subject: x");
	strcpy(cut, "x");
	for (int i = 0; i < 101; i++)
		strcat(headers, "\xc3\xa9");
	for (int i = 0; i < 99; i++)
		strcat(cut, "\xc3\xa9");
	example_headers = strcat(headers, "\n\n");
	check_recorded(false, RECORD_MATCHED_NO, nothing);
	check_recorded(true, RECORD_MATCHED_ALL, all);
	/* It is not spam, as the verdict says. */
	check_recorded(true, RECORD_MATCHED_SPAM, subject_only);
	example_headers = HEADERS;
}

/* On the hop: the front's queue id, and the hosted recipient after the external one. */
static void test_hop(void **state)
{
	struct error error;

	(void)state;
	example.session.envelope.daemon_name = STR("FORWARD");
	example.verdict.action = VERDICT_DROP;
	for (size_t i = 0; i < 2; i++) {
		example.verdict.recipients[i].drop = true;
		example.verdict.recipients[i].hosted = STR("hosted@example.net");
		example.verdict.recipients[i].destination = example.verdict.recipients[i].address;
	}
	assert_true(records_commit_drops(&example.ending, &error));
	assert_non_null(strstr(recorded(), "0 FRONT9 ann@example.com "
	                                   "hosted@example.net>joe@example.net 6200/5000"));
	assert_non_null(strstr(recorded(), "hosted@example.net>away@example.net"));
	/* The MTA tries again under another id: the same message is recorded once. */
	example.session.envelope.queue_id = STR("HOP2");
	assert_true(records_commit_drops(&example.ending, &error));
	assert_null(strstr(strchr(strchr(recorded(), '\n') + 1, '\n') + 1, "\n"));
}

static void test_hop_without_received(void **state)
{
	struct error error;

	(void)state;
	example.session.envelope.daemon_name = STR("FORWARD");
	example.message.headers.len = 1;
	example.verdict.action = VERDICT_DROP;
	example.verdict.recipients[0].drop = true;
	assert_true(records_commit_drops(&example.ending, &error));
	assert_non_null(strstr(recorded(), "0 4XYZ "));
}

static void test_drop_of_nobody_is_refused(void **state)
{
	struct error error = { "" };

	(void)state;
	example.verdict.action = VERDICT_DROP;
	assert_false(records_commit_drops(&example.ending, &error));
	assert_string_not_equal(error.text, "");
}

static bool count_rejected(const struct store_count *count, void *context)
{
	assert_string_equal(count->domain, "example.net");
	*(int64_t *)context += count->count;
	return true;
}

static void test_rejected_are_counted(void **state)
{
	struct error error;
	struct store *store;
	int64_t count = 0;

	(void)state;
	vec_push(example.arena, &example.session.rejected, STR("nobody@example.net"));
	vec_push(example.arena, &example.session.rejected, STR("none@example.net"));
	records_submit_rejected(example.service.recorder, &example.session);
	flush();
	store = store_open_reader(uri, &error);
	assert_non_null(store);
	assert_true(store_read_counts(store, 0, NULL, count_rejected, &count, &error));
	store_close(store);
	assert_int_equal(count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_delivered, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_drop_is_durable_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_kept_and_shared, set_up, tear_down),
		cmocka_unit_test(test_what_settings_keep_out),
		cmocka_unit_test_setup_teardown(test_hop, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hop_without_received, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_drop_of_nobody_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rejected_are_counted, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, scratch_remove);
}
