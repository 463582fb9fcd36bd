/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rule files say about the filter, and what of it holds beside assay.conf. */
#include "tests/unit/unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "rules/model/ruleset_data.h"
#include "scoring/assay.h"
#include "tests/unit/scratch.h"

static struct arena *arena;
static struct policy *policy;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	policy_free(policy);
	policy = NULL;
	arena_free(arena);
	return 0;
}

static void load(const char *rules, const char *conf)
{
	struct problems problems;
	char all_rules[2000], all_conf[2000];

	policy_free(policy);
	problems_init(&problems, arena);
	snprintf(all_rules, sizeof(all_rules),
	         "body SEVEN /seven points/\ndescribe SEVEN Has seven points\nscore SEVEN 7\n%s",
	         rules);
	snprintf(all_conf, sizeof(all_conf), "rules %s\nnetwork_tests no\nhostname us.example\n%s",
	         scratch_write("policy.cf", all_rules), conf);
	policy = policy_load(scratch_write("policy.conf", all_conf), &problems);
	for (size_t i = 0; i < problems.len; i++)
		print_error("%.*s\n", STR_FMT(problems.items[i].text));
	assert_non_null(policy);
	assert_int_equal(problems.len, 0);
}

/* Spam as it would be delivered to joe and to whom else. */
static struct str delivered(const char *other)
{
	static const char raw[] = "From: Ann <a@b.example>\nTo: joe@hosted.example\nSubject: Hi\n\n"
				  "seven points\n";
	struct envelope envelope = { .client_ip = STR("198.51.100.7"), .has_sender = true };
	struct assay_input input = { .envelope = &envelope,
		                     .raw = STR(raw),
		                     .deadline = deadline_in_ms(60000) };

	vec_add(arena, &envelope.recipients)->address = STR("joe@hosted.example");
	if (other != NULL)
		vec_add(arena, &envelope.recipients)->address = str_from(other);
	return report_apply(arena, assay_message(arena, policy, &input)->report, STR(raw));
}

static void assert_subject(const char *expected)
{
	struct str text = delivered(NULL);

	if (str_find(text, arena_printf(arena, "\nSubject: %s\n", expected)) < 0)
		fail_msg("no \"Subject: %s\" in:\n%.*s", expected, STR_FMT(text));
}

static void assert_holds(struct str text, const char *expected)
{
	if (str_find(text, str_from(expected)) < 0)
		fail_msg("no \"%s\" in:\n%.*s", expected, STR_FMT(text));
}

/* SpamAssassin's way to leave the Subject alone. */
static void test_empty_rewrite_header(void **state)
{
	(void)state;
	load("", "");
	assert_subject("[SPAM] Hi");
	load("rewrite_header Subject\n", "");
	assert_subject("Hi");
	assert_holds(delivered(NULL), "\nX-Spam-Flag: YES\n");
	assert_int_equal(str_find(delivered(NULL), STR("X-Spam-Prev")), -1);
	load("rewrite_header Subject [X]\nrewrite_header subject\n", "");
	assert_subject("Hi");
	load("rewrite_header Subject\nrewrite_header subject [X]\n", "");
	assert_subject("[X] Hi");
	load("rewrite_header From\nrewrite_header To\n", "");
	assert_subject("[SPAM] Hi");
	/* assay.conf has precedence. */
	load("rewrite_header Subject\n", "rewrite_subject yes\n");
	assert_subject("[SPAM] Hi");
	load("rewrite_header Subject\n", "subject_tag \"[JUNK] \"\n");
	assert_subject("[JUNK] Hi");
	load("rewrite_header Subject [X]\n", "subject_tag \"[JUNK] \"\n");
	assert_subject("[JUNK] Hi");
	load("rewrite_header Subject [X]\n", "rewrite_subject no\n");
	assert_subject("Hi");
}

static void test_tags_in_rewrite_header(void **state)
{
	(void)state;
	load("rewrite_header Subject [_SCORE_ of _REQD_, _YESNO_]\n", "");
	assert_subject("[7.0 of 5.0, Yes] Hi");
	assert_holds(delivered(NULL), "\nX-Spam-Prev-Subject: Hi\n");
	load("rewrite_header Subject [_TESTS_]\nrewrite_header From spam _SCORE(0)_\n"
	     "rewrite_header To _STARS(*)_\n",
	     "");
	assert_subject("[SEVEN] Hi");
	assert_holds(delivered(NULL), "\nFrom: (spam 07.0) Ann <a@b.example>\n");
	assert_holds(delivered(NULL), "\nTo: (*******) joe@hosted.example\n");
	/* In assay.conf they are no tags. */
	load("", "subject_tag \"[_SCORE_] \"\n");
	assert_subject("[_SCORE_] Hi");
	assert_int_equal(str_find(delivered(NULL), STR("X-Spam-Prev")), -1);
}

/* One of several recipients keeps his Subject, also where the tag is a rule file's. */
static void test_rewriting_for_several(void **state)
{
	(void)state;
	load("rewrite_header Subject [_SCORE_]\n",
	     "[recipient plain.example]\nrewrite_subject no\n[recipient junk.example]\n"
	     "subject_tag \"[JUNK] \"\n");
	assert_holds(delivered("x@far.example"), "\nSubject: [7.0] Hi\n");
	assert_holds(delivered("x@plain.example"), "\nSubject: Hi\n");
	assert_holds(delivered("x@junk.example"), "\nSubject: [7.0] Hi\n");
}

static void test_received_spf(void **state)
{
	(void)state;
	load("", "");
	assert_false(policy->facts_settings.reuse_received_spf);
	assert_false(policy->facts_settings.newest_received_spf);
	load("ignore_received_spf_header 0\nuse_newest_received_spf_header 1\n", "");
	assert_true(policy->facts_settings.reuse_received_spf);
	assert_true(policy->facts_settings.newest_received_spf);
	load("ignore_received_spf_header 1\nuse_newest_received_spf_header 0\n", "");
	assert_false(policy->facts_settings.reuse_received_spf);
	assert_false(policy->facts_settings.newest_received_spf);
	load("ignore_received_spf_header 1\n", "reuse_received_spf yes\n");
	assert_true(policy->facts_settings.reuse_received_spf);
	load("ignore_received_spf_header 0\n", "reuse_received_spf no\n");
	assert_false(policy->facts_settings.reuse_received_spf);
	assert_true(policy->facts_settings.hostname_given);
}

/* One for each processor, unless it is said. */
static void test_scanners(void **state)
{
	(void)state;
	load("", "");
	assert_int_equal(policy->ruleset->scanners, sysconf(_SC_NPROCESSORS_ONLN));
	load("", "scanners 3\n");
	assert_int_equal(policy->ruleset->scanners, 3);
}

/* No policy without what it is to have: what was in force before stays so. */
static void test_missing_secrets(void **state)
{
	static const char *const confs[] = {
		"seal_key_file /nonexistent/seal.key\n",
		"srs always\nsrs_domain srs.example.net\nsrs_secret_file /nonexistent/srs\n",
		"forward_map texthash:/nonexistent/virtual\n",
	};
	struct problems problems;

	(void)state;
	for (size_t i = 0; i < sizeof(confs) / sizeof(confs[0]); i++) {
		problems_init(&problems, arena);
		assert_null(policy_load(scratch_write("policy.conf", confs[i]), &problems));
		assert_true(problems.errors > 0);
	}
}

/* The first warning about what the receiver of a forward will find broken; empty: none. */
static struct str signature_warning(const char *rules, const char *conf)
{
	struct problems problems;
	char text[2000];

	problems_init(&problems, arena);
	policy_free(policy);
	snprintf(text, sizeof(text), "rules %s\nnetwork_tests no\n%s",
	         scratch_write("policy.cf", rules), conf);
	policy = policy_load(scratch_write("policy.conf", text), &problems);
	assert_non_null(policy);
	for (size_t i = 0; i < problems.len; i++)
		if (str_find(problems.items[i].text, STR("DKIM")) >= 0)
			return problems.items[i].text;
	return STR("");
}

#define HOP "[daemon forward]\nrole forward\n"

static void test_broken_signatures(void **state)
{
	char map[300];
	struct str warning;

	(void)state;
	snprintf(map, sizeof(map),
	         "forwarded_subject yes\nhosted_domains h.example\nforward_map texthash:%s\n",
	         scratch_write("virtual", "a@h.example a@other.example\n"));
	warning = signature_warning("", "forwarded_subject yes\n" HOP);
	assert_true(str_find(warning, STR("policy.conf:3:19: the tag breaks DKIM")) >= 0);
	assert_true(str_find(warning, STR("leave forwarded_subject at no")) >= 0);
	assert_true(signature_warning("", map).len > 0);
	assert_true(signature_warning("", "forwarded_subject yes\nrewrite_subject no\n"
	                                  "[recipient a@h.example]\nrewrite_subject yes\n" HOP)
	                    .len > 0);
	warning = signature_warning("rewrite_header From *****\n", HOP);
	assert_true(str_find(warning, STR("policy.cf:1:")) >= 0);
	assert_true(str_find(warning, STR("rewrite_header From breaks DKIM")) >= 0);
	assert_true(signature_warning("rewrite_header To *****\n", HOP).len > 0);
	/* Where nothing is tagged or nothing leaves. */
	assert_int_equal(signature_warning("", "forwarded_subject yes\n").len, 0);
	assert_int_equal(signature_warning("", "forwarded_subject no\n" HOP).len, 0);
	assert_int_equal(
		signature_warning("", "forwarded_subject yes\nrewrite_subject no\n" HOP).len, 0);
	assert_int_equal(signature_warning("rewrite_header From *****\n", "").len, 0);
	assert_int_equal(signature_warning("rewrite_header Subject *****\n", HOP).len, 0);
}

static void test_trusted_forwarders(void **state)
{
	static const char *const wrong[] = { "10.0.0.0/33", "localhost", "-x.example",
		                             "a_b@c.example" };
	struct problems problems;
	char conf[200];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		problems_init(&problems, arena);
		snprintf(conf, sizeof(conf), "rules %s\ntrusted_forwarders 192.0.2.1 %s\n",
		         scratch_write("policy.cf", ""), wrong[i]);
		assert_null(policy_load(scratch_write("policy.conf", conf), &problems));
		assert_int_equal(problems.errors, 1);
		assert_true(str_find(problems.items[0].text, STR("policy.conf:2:")) >= 0);
		assert_true(str_find(problems.items[0].text, str_from(wrong[i])) >= 0);
	}
	load("", "trusted_forwarders 192.0.2.0/24 2001:db8::/32, Lists.Example\n");
	assert_non_null(policy->facts_settings.forwarders);
	load("", "");
	assert_null(policy->facts_settings.forwarders);
}

static size_t rule_count(const char *conf, struct problems *problems)
{
	struct ruleset_summary summary = { 0 };

	policy_free(policy);
	problems_init(problems, arena);
	policy = policy_load(scratch_write("policy.conf", conf), problems);
	if (policy != NULL)
		ruleset_summarize(policy->ruleset, &summary);
	return summary.rules;
}

/* What a site adds is read after the rules, whatever these are. */
static void test_local_rules(void **state)
{
	struct problems problems;
	char conf[500];

	(void)state;
	scratch_write("one.cf", "body ONE /one/\nscore ONE 1\n");
	assert_int_equal(mkdir(scratch_path("local"), 0700), 0);
	scratch_write("local/a.cf", "score ONE 3\nbody TWO /two/\n");
	snprintf(conf, sizeof(conf), "rules %s\n", scratch_path("one.cf"));
	assert_int_equal(rule_count(conf, &problems), 1);
	snprintf(conf, sizeof(conf), "rules %s\nlocal_rules local\n", scratch_path("one.cf"));
	assert_int_equal(rule_count(conf, &problems), 2);
	assert_int_equal(problems.len, 0);
	snprintf(conf, sizeof(conf), "rules %s\nlocal_rules absent\n", scratch_path("one.cf"));
	assert_int_equal(rule_count(conf, &problems), 0);
	assert_int_equal(problems.errors, 1);
	/* The default, which need not be there. */
	assert_int_equal(mkdir(scratch_path("rules.d"), 0700), 0);
	scratch_write("rules.d/b.cf", "body THREE /three/\n");
	snprintf(conf, sizeof(conf), "rules %s\n", scratch_path("one.cf"));
	assert_int_equal(rule_count(conf, &problems), 2);
	snprintf(conf, sizeof(conf), "rules %s\nlocal_rules\n", scratch_path("one.cf"));
	assert_int_equal(rule_count(conf, &problems), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_empty_rewrite_header, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_tags_in_rewrite_header, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rewriting_for_several, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_received_spf, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_scanners, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_missing_secrets, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_broken_signatures, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_trusted_forwarders, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_local_rules, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, scratch_remove);
}
