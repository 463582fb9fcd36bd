/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures are those of SpamAssassin 4.0.1 with the same rules. */
#include "rules/evidence.h"
#include "rules/evidence_kind.h"
#include "tests/unit/rules_fixture.h"

#define MAIL "Subject: one two three\n\nbody raw http://example.net/\n"

static struct evidence evidence_with(void **state, const char *rules)
{
	struct rules_fixture *f = *state;

	rules_load(f, rules);
	rules_match(f, MAIL);
	assert_true(f->hits->len > 0);
	return evidence_of_hits(f->set, f->hits);
}

static void assert_points(struct evidence evidence, int32_t score, int32_t header, int32_t body)
{
	assert_int_equal(evidence.score, score);
	assert_int_equal(evidence.header, header);
	assert_int_equal(evidence.body, body);
}

static void test_sides(void **state)
{
	assert_points(evidence_with(state,
	                            "header H Subject =~ /one/\nscore H 1.5\n"
	                            "header E eval:check_for_missing_to_header()\nscore E 2\n"
	                            "body B /body/\nscore B 0.7\n"
	                            "rawbody R /raw/\nscore R 0.3\n"
	                            "uri U /example/\nscore U -0.25\n"
	                            "full F /raw/\nscore F 4\n"),
	              8250, 3500, 750);
}

/* The classifier's scores are the third and fourth. */
static void test_scores_without_a_classifier(void **state)
{
	struct rules_fixture *f = *state;
	const char *rules = "body B /body/\nscore B 1 2 3 4\nheader H Subject =~ /one/\n";

	assert_points(evidence_with(state, rules), 2000, 1000, 1000);
	f->options.network_tests = true;
	assert_points(evidence_with(state, rules), 3000, 1000, 2000);
}

static void test_rules_that_do_not_count(void **state)
{
	assert_points(evidence_with(state,
	                            "body A /body/\ntflags A noautolearn\nscore A 5\n"
	                            "body C /body/\ntflags C userconf noautolearn\nscore C 5\n"
	                            "body D /body/\ntflags D userconf\nscore D -5\n"
	                            "body B /body/\nscore B 1\n"),
	              1000, 0, 1000);
}

static void test_vote_of_the_classifier(void **state)
{
	struct evidence evidence =
		evidence_with(state, "body L /body/\ntflags L learn\nscore L 3.5\n"
	                             "body B /body/\nscore B 1\n");

	assert_points(evidence, 1000, 0, 1000);
	assert_int_equal(evidence.learned, 3500);
	assert_false(evidence.forced);
}

/* Two header rules and a body rule; metas and what is neither don't count. */
static void test_metas(void **state)
{
	const char *rules = "header __A Subject =~ /one/\nheader __B Subject =~ /two/\n"
			    "body __C /body/\nfull __F /raw/\nmeta __M __A\n"
			    "meta M __A && __B && __C && __F && __M\nscore M 3\n"
			    "meta N __F && __M\nscore N 1\n";

	assert_points(evidence_with(state, rules), 4000, 2000, 1000);
}

static void test_flags_of_rules(void **state)
{
	struct evidence evidence =
		evidence_with(state, "header __A Subject =~ /one/\nbody __C /body/\n"
	                             "meta M __A && __C\ntflags M autolearn_body\nscore M 3\n"
	                             "full F /raw/\ntflags F autolearn_header autolearn_force\n"
	                             "score F 2\n");

	assert_points(evidence, 5000, 2000, 3000);
	assert_true(evidence.forced);
	assert_false(evidence_with(state, "full F /never/\ntflags F autolearn_force\n"
	                                  "body B /body/\n")
	                     .forced);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, rules_set_up, rules_tear_down)

static void test_kinds(void **state)
{
	struct rules_fixture *f = *state;
	struct evidence_kinds kinds;
	static const char rules[] =
		"body B /x/\nrawbody R /x/\nuri U /x/\nheader S Subject =~ /x/\n"
		"header H From =~ /x/\nheader E eval:check_for_missing_to_header()\n"
		"header SPF eval:check_for_spf_fail()\ntflags SPF net\n"
		"header L eval:check_rbl('x', 'list.example.')\ntflags L net\n"
		"body BAYES eval:check_bayes('0.9', '1')\ntflags BAYES learn\n"
		"meta M H && E && B\nmeta __IN H || E\nmeta N __IN && B && E\n"
		"meta LURE_X H && E\nmeta A1 B\nscore A1 -5\n";

	f->options.network_tests = true;
	rules_load(f, rules);
	kinds = evidence_kinds_of(f->set, STR("B=1,R=0.5,U=2,S=0.25,A1=-5,LURE_X=1"));
	assert_int_equal(kinds.points[EVIDENCE_WORDING], 4750);
	assert_int_equal(evidence_kind_count(&kinds), 1);
	kinds = evidence_kinds_of(f->set, STR("H=1,E=0.5,SPF=0.1,M=1,N=2,GONE=9,B"));
	assert_int_equal(kinds.points[EVIDENCE_SENDER], 4600);
	assert_int_equal(evidence_kind_count(&kinds), 1);
	kinds = evidence_kinds_of(f->set, STR("L=0.5,BAYES=0.499"));
	assert_int_equal(kinds.points[EVIDENCE_NETWORK], 500);
	assert_int_equal(kinds.points[EVIDENCE_LEARNED], 499);
	assert_int_equal(evidence_kind_count(&kinds), 1);
	kinds = evidence_kinds_of(f->set, STR("L=0.5,BAYES=0.5,H=0.5,B=0.5"));
	assert_int_equal(evidence_kind_count(&kinds), 4);
	kinds = evidence_kinds_of(f->set, STR(""));
	assert_int_equal(evidence_kind_count(&kinds), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sides),
		TEST(test_kinds),
		TEST(test_scores_without_a_classifier),
		TEST(test_rules_that_do_not_count),
		TEST(test_vote_of_the_classifier),
		TEST(test_metas),
		TEST(test_flags_of_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
