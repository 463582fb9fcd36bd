/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/retrial.h"

#include "scoring/settings.h"
#include "scoring/settings_change.h"
#include "tests/unit/scratch.h"
#include "tests/unit/unit.h"

static struct arena *arena;
static struct settings settings;
static struct store *store;
static char changes[2000];

static int set_up(void **state)
{
	static unsigned number;
	struct problems problems;
	struct error err;
	char name[32];

	(void)state;
	arena = arena_new();
	problems_init(&problems, arena);
	settings_init(&settings, arena);
	assert_true(settings_parse(&settings, arena,
	                           STR("[recipient strict.example]\nrequired_score 3\n"
	                               "[recipient off.example]\nenabled no\n"
	                               "[destination kept.example]\nkeep\n"
	                               "[destination dry.example]\nobserve\n"
	                               "[destination high.example]\nforward_discard_score 9\n"),
	                           "t", &problems));
	snprintf(name, sizeof(name), "%u.db", number++);
	store = store_open(arena_printf(arena, "sqlite:%s", scratch_path(name)).data, &err);
	assert_non_null(store);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	store_close(store);
	arena_free(arena);
	return 0;
}

static int64_t last_us = INT64_C(1732284000000000);

/* Each record is of a message of its own, which comes later, unless it has the same scan id. */
static void add(struct record record)
{
	struct error err;

	last_us += 1000000;
	record.time_us = record.time_us != 0 ? record.time_us : last_us;
	record.scan_id = record.scan_id != NULL
	                         ? record.scan_id
	                         : arena_printf(arena, "s%lld", (long long)last_us).data;
	record.threshold_origin =
		record.threshold_origin != NULL ? record.threshold_origin : "default";
	record.recipient = record.recipient != NULL ? record.recipient : "joe@example.com";
	record.threshold = record.threshold != 0 ? record.threshold : 5000;
	if (!store_write(store, &record, 1, &err))
		fail_msg("%s", err.text);
}

static bool take_change(const struct retrial_change *change, void *context)
{
	size_t len = strlen(changes);

	(void)context;
	snprintf(changes + len, sizeof(changes) - len, "%s: %s %s %d\n", change->record->queue_id,
	         retrial_action_name(change->before), retrial_action_name(change->after),
	         change->score);
	return true;
}

static struct retrial_summary run(struct retrial_input input)
{
	struct retrial_summary summary;
	struct error err;

	changes[0] = '\0';
	input.settings = &settings;
	if (!retrial_run(store_view_staff(arena, store), arena, &input, take_change, NULL, &summary,
	                 &err))
		fail_msg("%s", err.text);
	return summary;
}

/* Greater is what is tagged; equal or greater is what is dropped. */
static void test_thresholds_to_the_thousandth(void **state)
{
	struct retrial_summary summary;

	(void)state;
	add((struct record){ .kind = RECORD_DELIVERED, .queue_id = "A", .score = 4500 });
	add((struct record){ .kind = RECORD_DELIVERED, .queue_id = "B", .score = 4501 });
	add((struct record){
		.kind = RECORD_DELIVERED, .queue_id = "C", .score = 5001, .tagged = 1 });
	add((struct record){ .kind = RECORD_FORWARDED,
	                     .queue_id = "D",
	                     .destination = "x@far.example",
	                     .score = 5999,
	                     .tagged = 1 });
	add((struct record){ .kind = RECORD_DISCARDED,
	                     .queue_id = "E",
	                     .destination = "x@far.example",
	                     .score = 6000 });
	summary = run((struct retrial_input){ 0 });
	assert_string_equal(changes, "");
	assert_int_equal(summary.records, 5);
	settings_change_required_score(&settings, arena, STR(""), 4500);
	run((struct retrial_input){ 0 });
	assert_string_equal(changes, "B: passed tagged 4501\n");
	settings_change_required_score(&settings, arena, STR(""), 5001);
	run((struct retrial_input){ 0 });
	assert_string_equal(changes, "C: tagged passed 5001\n");
	settings_change_required_score(&settings, arena, STR(""), 5000);
	settings_change_discard_score(&settings, arena, STR(""), 5999);
	run((struct retrial_input){ 0 });
	assert_string_equal(changes, "D: tagged discarded 5999\n");
	settings_change_discard_score(&settings, arena, STR(""), 6001);
	summary = run((struct retrial_input){ 0 });
	assert_string_equal(changes, "E: discarded tagged 6000\n");
	assert_int_equal(summary.changed, 1);
	assert_int_equal(summary.changes[RETRIAL_DISCARDED][RETRIAL_TAGGED], 1);
	assert_int_equal(summary.accounts.len, 1);
	assert_str(summary.accounts.items[0].domain, "example.com");
}

/* What no threshold changes stays. */
static void test_what_stays(void **state)
{
	(void)state;
	add((struct record){ .kind = RECORD_DELIVERED,
	                     .queue_id = "client",
	                     .score = 20000,
	                     .exempt = RECORD_NEVER_TAGGED | RECORD_NEVER_DROPPED });
	add((struct record){ .kind = RECORD_DELIVERED,
	                     .queue_id = "old",
	                     .score = 20000,
	                     .threshold_origin = "" });
	add((struct record){ .kind = RECORD_DELIVERED,
	                     .queue_id = "off",
	                     .score = 20000,
	                     .recipient = "a@off.example" });
	add((struct record){ .kind = RECORD_FORWARDED,
	                     .queue_id = "direct",
	                     .score = 20000,
	                     .tagged = 1,
	                     .destination = "x@far.example",
	                     .exempt = RECORD_NEVER_DROPPED });
	add((struct record){ .kind = RECORD_FORWARDED,
	                     .queue_id = "mailbox",
	                     .score = 20000,
	                     .tagged = 1,
	                     .destination = "x@far.example",
	                     .kept = "it has a mailbox, too" });
	add((struct record){ .kind = RECORD_FORWARDED,
	                     .queue_id = "kept",
	                     .score = 20000,
	                     .tagged = 1,
	                     .destination = "x@kept.example" });
	add((struct record){ .kind = RECORD_FORWARDED,
	                     .queue_id = "doubt",
	                     .score = 8000,
	                     .tagged = 1,
	                     .destination = "x@far.example",
	                     .doubt = 2001,
	                     .kept = "spf" });
	add((struct record){ .kind = RECORD_DISCARDED_INFECTED,
	                     .queue_id = "virus",
	                     .score = 0,
	                     .destination = "x@far.example" });
	add((struct record){ .kind = RECORD_OBSERVED,
	                     .queue_id = "dry",
	                     .score = 6000,
	                     .tagged = 1,
	                     .destination = "x@dry.example" });
	run((struct retrial_input){ 0 });
	assert_string_equal(changes, "");
	/* The doubt is as large as it was. */
	settings_change_discard_score(&settings, arena, STR("far.example"), 5999);
	run((struct retrial_input){ 0 });
	assert_string_equal(changes, "doubt: tagged discarded 8000\n");
	settings_change_discard_score(&settings, arena, STR("dry.example"), 6001);
	run((struct retrial_input){ .destination = STR("dry.example") });
	assert_string_equal(changes, "dry: observed tagged 6000\n");
}

/* A change holds for all that say nothing themselves, or for whom it is meant. */
static void test_whose_thresholds(void **state)
{
	(void)state;
	add((struct record){ .kind = RECORD_DELIVERED, .queue_id = "J", .score = 4000 });
	add((struct record){ .kind = RECORD_DELIVERED,
	                     .queue_id = "S",
	                     .score = 4000,
	                     .tagged = 1,
	                     .recipient = "a@strict.example" });
	add((struct record){ .kind = RECORD_FORWARDED,
	                     .queue_id = "H",
	                     .score = 8000,
	                     .tagged = 1,
	                     .destination = "x@high.example" });
	add((struct record){ .kind = RECORD_DISCARDED,
	                     .queue_id = "F",
	                     .score = 8000,
	                     .destination = "x@far.example" });
	settings_change_required_score(&settings, arena, STR(""), 3500);
	settings_change_discard_score(&settings, arena, STR(""), 8001);
	run((struct retrial_input){ 0 });
	assert_string_equal(changes, "J: passed tagged 4000\nF: discarded tagged 8000\n");
	settings_change_discard_score(&settings, arena, STR("High.example"), 8000);
	settings_change_required_score(&settings, arena, STR("STRICT.example"), 4000);
	run((struct retrial_input){ 0 });
	assert_string_equal(changes, "J: passed tagged 4000\nS: tagged passed 4000\n"
	                             "H: tagged discarded 8000\nF: discarded tagged 8000\n");
	run((struct retrial_input){ .account = STR("a@strict.example") });
	assert_string_equal(changes, "S: tagged passed 4000\n");
}

/* Who shares a message with somebody more patient is not told. */
static void test_message_to_several(void **state)
{
	(void)state;
	add((struct record){
		.kind = RECORD_DELIVERED, .queue_id = "1", .score = 4000, .scan_id = "one" });
	add((struct record){ .kind = RECORD_DELIVERED,
	                     .queue_id = "1",
	                     .score = 4000,
	                     .scan_id = "one",
	                     .recipient = "a@strict.example" });
	run((struct retrial_input){ 0 });
	assert_string_equal(changes, "");
	run((struct retrial_input){ .account = STR("strict.example") });
	assert_string_equal(changes, "");
	settings_change_required_score(&settings, arena, STR(""), 3999);
	run((struct retrial_input){ .account = STR("strict.example") });
	assert_string_equal(changes, "1: passed tagged 4000\n");
}

static void test_points(void **state)
{
	struct map *points = map_new(arena, MAP_EXACT);
	int32_t b = 1001, as_recorded = RETRIAL_AS_RECORDED;

	(void)state;
	add((struct record){ .kind = RECORD_DELIVERED,
	                     .queue_id = "A",
	                     .score = 4100,
	                     .rules = "A=3,B=1,C=0.1" });
	add((struct record){ .kind = RECORD_DELIVERED,
	                     .queue_id = "B",
	                     .score = 6000,
	                     .tagged = 1,
	                     .rules = "B=2.001,A=2,C=1.999" });
	map_set(points, STR("B"), &b);
	run((struct retrial_input){ .points = points });
	assert_string_equal(changes, "B: tagged passed 5000\n");
	b = 1901;
	run((struct retrial_input){ .points = points });
	assert_string_equal(changes, "A: passed tagged 5001\n");
	/* A rule set that doesn't have the others, but for one of which the points are made up. */
	map_set(points, STR("C"), &as_recorded);
	run((struct retrial_input){ .points = points, .only_these = true });
	assert_string_equal(changes, "B: tagged passed 3900\n");
}

/* A customer's view tries what is his. */
static void test_view(void **state)
{
	struct retrial_summary summary;
	struct retrial_input input = { .settings = &settings };
	struct error err;
	struct store_view *view;

	(void)state;
	add((struct record){ .kind = RECORD_DELIVERED, .queue_id = "A", .score = 9000 });
	add((struct record){ .kind = RECORD_DELIVERED,
	                     .queue_id = "B",
	                     .score = 9000,
	                     .recipient = "a@strict.example" });
	view = store_view_of(arena, store, STR("strict.example"), &err);
	changes[0] = '\0';
	assert_true(retrial_run(view, arena, &input, take_change, NULL, &summary, &err));
	assert_string_equal(changes, "B: passed tagged 9000\n");
	input.account = STR("example.com");
	assert_true(retrial_run(view, arena, &input, NULL, NULL, &summary, &err));
	assert_int_equal(summary.records, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_thresholds_to_the_thousandth, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(test_what_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_whose_thresholds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_message_to_several, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_points, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_view, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, scratch_remove);
}
