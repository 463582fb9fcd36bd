/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rules say of what was learned: check_bayes(), the score sets, the statements about it. */
#include "tests/unit/rules_fixture.h"

#include "learn/learned.h"
#include "learn/lesson.h"

#define SPAM "Subject: cheap pills\nFrom: a@spam.example\n\nbuy cheap pills now\n"
#define HAM  "Subject: minutes\nFrom: b@ham.example\nTo: joe@our.example\n\nminutes of our meeting\n"

static const char rules[] = "body BAYES_00 eval:check_bayes('0.00', '0.01')\n"
			    "body BAYES_50 eval:check_bayes('0.40', '0.60')\n"
			    "body BAYES_99 eval:check_bayes('0.99', '1.00')\n"
			    "body BAYES_999 eval:check_bayes('0.999', '1.00')\n"
			    "body __LIKELY eval:check_bayes('0.5', '1.00')\n"
			    "tflags BAYES_00 nice learn\ntflags BAYES_99 learn\n"
			    "score BAYES_00 0 0 -1.5 -1.9\nscore BAYES_99 0 0 3.8 3.5\n"
			    "score BAYES_50 0 0 2.0 0.8\nscore BAYES_999 0 0 0.2 0.2\n"
			    "body PILLS /pills/\nscore PILLS 1.1 1.2 1.3 1.4\n"
			    "body ONLY_WITHOUT /pills/\nscore ONLY_WITHOUT 1 1 0 0\n"
			    "body ONLY_WITH /pills/\nscore ONLY_WITH 0 0 1 1\n"
			    "meta BOTH (PILLS && BAYES_99)\nmeta NEITHER (PILLS && !BAYES_99)\n"
			    "meta CHAIN (BOTH && !ONLY_WITH_NOTHING)\nmeta LIKELY __LIKELY\n"
			    "meta PLAIN (PILLS && ONLY_WITH)\n";

static const struct learn_key key = { { 7, 9 } };

/* Matches with the models; hits and what was learned are in the fixture. */
static void match(struct rules_fixture *f, const char *mail, const struct model *model)
{
	struct message_limits limits = message_default_limits();
	struct facts *facts = arena_new_object(f->arena, struct facts);
	struct learned_models *models = arena_new_object(f->arena, struct learned_models);
	struct envelope *envelope = arena_new_object(f->arena, struct envelope);
	struct matching *matching;

	*models = (struct learned_models){ .site = model, .key = &key };
	facts->message = message_parse(f->arena, str_from(mail), &limits);
	facts->envelope = envelope;
	facts->relays = relays_parse(f->arena, &facts->message->headers, envelope,
	                             &(struct relay_settings){ 0 });
	matching = ruleset_match_begin(f->set, f->arena, facts, NULL, deadline_never());
	ruleset_match_learned(matching, models);
	f->hits = ruleset_match_end(matching);
}

/* A model that has learned both mails, `count` times each. */
static struct model *teach(struct rules_fixture *f, unsigned count)
{
	struct model *model = model_new(MODEL_BITS_DEFAULT);

	for (unsigned i = 0; i < count; i++) {
		match(f, SPAM, NULL);
		model_learn(model, f->hits->learned->features, LEARN_SPAM, LEARN_BY_HAND);
		match(f, HAM, NULL);
		model_learn(model, f->hits->learned->features, LEARN_HAM, LEARN_BY_HAND);
	}
	return model;
}

static void test_names(void **state)
{
	struct rules_fixture *f = *state;
	struct model *model;

	rules_load(f, rules);
	model = teach(f, 3000);
	match(f, SPAM, model);
	assert_true(f->hits->learned->probability > 0.999);
	assert_string_equal(rules_hit_names(f),
	                    "BAYES_99 BAYES_999 PILLS ONLY_WITH BOTH CHAIN LIKELY PLAIN");
	match(f, HAM, model);
	assert_true(f->hits->learned->probability < 0.01);
	assert_string_equal(rules_hit_names(f), "BAYES_00");
	assert_int_equal(rules_hit(f, "BAYES_00")->score, -1500);
	model_free(model);
}

/* Set 0 without, 2 with what was learned; 1 and 3 with network tests. */
static void test_score_sets(void **state)
{
	struct rules_fixture *f = *state;

	for (int network = 0; network < 2; network++) {
		struct model *model;

		f->options.network_tests = network;
		rules_load(f, rules);
		rules_match(f, SPAM);
		assert_int_equal(rules_hit(f, "PILLS")->score, network ? 1200 : 1100);
		assert_string_equal(rules_hit_names(f), "PILLS ONLY_WITHOUT NEITHER PLAIN");
		model = teach(f, 3000);
		match(f, SPAM, model);
		assert_int_equal(rules_hit(f, "PILLS")->score, network ? 1400 : 1300);
		assert_int_equal(rules_hit(f, "BAYES_99")->score, network ? 3500 : 3800);
		assert_null(rules_hit(f, "ONLY_WITHOUT"));
		model_free(model);
	}
}

static void test_too_little(void **state)
{
	struct rules_fixture *f = *state;
	struct model *model;

	rules_load(f, rules);
	match(f, SPAM, NULL);
	assert_non_null(f->hits->learned);
	assert_string_equal(rules_hit_names(f), "PILLS ONLY_WITHOUT NEITHER PLAIN");
	model = teach(f, 49);
	match(f, SPAM, model);
	assert_string_equal(rules_hit_names(f), "PILLS ONLY_WITHOUT NEITHER PLAIN");
	rules_load(f, arena_printf(f->arena, "%s%s", rules,
	                           "bayes_min_ham_num 40\nbayes_min_spam_num 40\n")
	                      .data);
	match(f, SPAM, model);
	assert_non_null(rules_hit(f, "LIKELY"));
	rules_load(f, arena_printf(f->arena, "%s%s", rules, "bayes_min_spam_num 60\n").data);
	match(f, SPAM, model);
	assert_null(rules_hit(f, "LIKELY"));
	model_free(model);
}

static void test_statements(void **state)
{
	static const struct {
		const char *statement;
		bool hits;
	} cases[] = {
		{ "use_bayes 0\n", false },
		{ "use_learner 0\n", false },
		{ "use_bayes_rules 0\n", false },
		{ "use_bayes 1\n", true },
		{ "bayes_ignore_from *@spam.example\n", false },
		{ "bayes_ignore_from *@other.example\n", true },
		{ "bayes_ignore_to joe@our.example\n", true },
		{ "bayes_auto_expire 0\nbayes_path /x\nbayes_token_sources all\n", true },
	};
	struct rules_fixture *f = *state;
	struct model *model;

	rules_load(f, rules);
	model = teach(f, 3000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rules_load(f, arena_printf(f->arena, "%s%s", rules, cases[i].statement).data);
		assert_int_equal(f->problems.len, 0);
		match(f, SPAM, model);
		if ((rules_hit(f, "BAYES_99") != NULL) != cases[i].hits)
			fail_msg("with %s: %s", cases[i].statement, rules_hit_names(f));
	}
	rules_load(f, arena_printf(f->arena, "%sbayes_ignore_to joe@our.example\n", rules).data);
	match(f, HAM, model);
	assert_null(rules_hit(f, "BAYES_00"));
	model_free(model);
}

static void test_wrong_statements(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "use_bayes maybe\nbayes_min_ham_num -1\n");
	assert_int_equal(f->problems.len, 2);
}

/* The classifier's own vote is no evidence, and no meta that depends on it. */
static void test_no_feature_of_itself(void **state)
{
	struct rules_fixture *f = *state;
	struct str before, after;
	struct model *model;

	rules_load(f, rules);
	match(f, SPAM, NULL);
	before = lesson_encode(f->arena, f->hits->learned->features);
	model = teach(f, 3000);
	match(f, SPAM, model);
	assert_non_null(rules_hit(f, "BOTH"));
	after = lesson_encode(f->arena, f->hits->learned->features);
	assert_true(str_eq(before, after));
	model_free(model);
}

static void test_all_rules(void **state)
{
	struct rules_fixture *f = *state;
	const char *some;
	struct model *model;

	rules_load(f, rules);
	model = teach(f, 3000);
	match(f, SPAM, model);
	some = rules_hit_names(f);
	f->options.all_rules = true;
	rules_load(f, rules);
	match(f, SPAM, model);
	assert_string_equal(rules_hit_names(f), some);
	model_free(model);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rules_set_up, rules_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_names),      TEST(test_score_sets),       TEST(test_too_little),
		TEST(test_statements), TEST(test_wrong_statements), TEST(test_no_feature_of_itself),
		TEST(test_all_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
