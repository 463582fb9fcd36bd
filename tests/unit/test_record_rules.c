/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/record_rules.h"

#include "learn/learned.h"

#include "tests/unit/unit.h"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct rule_hit *add_hit(struct hits *hits, const char *name, int32_t score,
                                struct str matched)
{
	struct rule_hit *hit = vec_add(arena, hits);

	*hit = (struct rule_hit){ .name = str_from(name), .score = score, .matched = matched };
	return hit;
}

/* Behind the first rule that says it, in the words of reports; whatever rules there are today. */
static void test_reasons_of_the_classifier(void **state)
{
	struct record record = { .rules = "BAYES_99=4.8,PILLS=2,BAYES_999=0.1" };
	struct learned learned = { .ham = 60, .spam = 60 };
	struct hits hits = { .learned = &learned };
	struct record_rule_list rules;

	(void)state;
	add_hit(&hits, "BAYES_999", 100, STR(""))->learned = true;
	add_hit(&hits, "PILLS", 2000, STR("pills"));
	add_hit(&hits, "BAYES_99", 4800, STR(""))->learned = true;
	record.matched = record_matched(arena, &hits);
	assert_null(strstr(record.matched, "BAYES"));
	vec_push(arena, &learned.reasons,
	         ((struct learned_reason){ FEATURES_WORDS, STR("ch\tea\np"), 0.9 }));
	vec_push(arena, &learned.reasons,
	         ((struct learned_reason){ FEATURES_SENDER, STR("From: a.example"), -0.5 }));
	record.matched = record_matched(arena, &hits);
	rules = record_rules(arena, &record, NULL);
	assert_int_equal(rules.len, 3);
	assert_str(rules.items[0].name, "BAYES_99");
	assert_str(rules.items[0].matched, "");
	assert_str(
		rules.items[0].because,
		"for spam: words such as \"ch?ea?p\"; against it: of the sender \"From: a.example\"");
	assert_str(rules.items[1].matched, "pills");
	assert_str(rules.items[2].because, "");
}

static void test_round_trip(void **state)
{
	struct record record = { .rules = "HEAVY=3.2,META=1,NONE=0.5,LIGHT=-0.1" };
	struct hits hits = { 0 };
	struct record_rule_list rules;
	struct rule_hit *meta;

	(void)state;
	add_hit(&hits, "LIGHT", -100, STR("second\tline\n\r\nwith \0 all"));
	meta = add_hit(&hits, "META", 1000, STR(""));
	vec_push(arena, &meta->causes,
	         ((struct rule_cause){ STR("__PART"), STR(""), STR("<a href=\"http://x/\">") }));
	vec_push(arena, &meta->causes, ((struct rule_cause){ STR("__SILENT"), STR(""), STR("") }));
	add_hit(&hits, "NONE", 500, STR(""));
	add_hit(&hits, "HEAVY", 3200, STR("=?utf-8?q?caf=C3=A9?="));
	record.matched = record_matched(arena, &hits);
	assert_true(str_starts(str_from(record.matched), STR("HEAVY\t")));
	rules = record_rules(arena, &record, NULL);
	assert_int_equal(rules.len, 4);
	assert_str(rules.items[0].name, "HEAVY");
	assert_int_equal(rules.items[0].points, 3200);
	assert_str(rules.items[0].matched, "caf\xc3\xa9");
	assert_str(rules.items[1].name, "META");
	assert_str(rules.items[1].matched, "");
	assert_str(rules.items[1].because, "\"http://x/\"; SILENT");
	assert_str(rules.items[2].matched, "");
	assert_int_equal(rules.items[3].points, -100);
	assert_str(rules.items[3].matched, "second line with all");
}

/* A message full of what rules match takes no more room than there is. */
static void test_bounds(void **state)
{
	char text[200], name[32];
	struct hits hits = { 0 };
	const char *matched;

	(void)state;
	memset(text, 'x', sizeof(text));
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "R%d", i);
		add_hit(&hits, arena_cstr(arena, str_from(name)), i, (struct str){ text, 200 });
	}
	matched = record_matched(arena, &hits);
	assert_in_range(strlen(matched), RECORD_MATCHED_MAX / 2, RECORD_MATCHED_MAX);
	/* What weighs most is there. */
	assert_true(str_starts(str_from(matched), STR("R499\t")));
	assert_string_equal(record_matched(arena, &(struct hits){ 0 }), "");
}

/* Whatever is in the store: no rule is made up, and nothing else goes wrong. */
static void test_strange_records(void **state)
{
	static const char *const strange[] = {
		"", "\n", "\t", "\t\n\t\t\n", "A", "A\t", "\tX\ty", "B\tx\n\tC\n", "A\tx\nA\ty\n",
	};
	struct record record = { .rules = "A=1,,B,=2,C=x" };

	(void)state;
	for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
		struct record_rule_list rules;

		record.matched = strange[i];
		rules = record_rules(arena, &record, NULL);
		assert_true(rules.len >= 3 && rules.len <= 5);
		assert_str(rules.items[0].name, "A");
	}
	record.rules = "";
	record.matched = NULL;
	assert_int_equal(record_rules(arena, &record, NULL).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round_trip, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reasons_of_the_classifier, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bounds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_strange_records, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
