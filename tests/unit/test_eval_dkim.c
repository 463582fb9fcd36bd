/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rules hear of signatures, chains and the author's policy. */
#include "tests/unit/rules_fixture.h"

#include "facts/auth_results.h"

static struct dkim_check checks[3];
static struct dkim_facts dkim;
static struct dmarc dmarc;
static struct spf_result spf;
static struct envelope envelope;

/* A signature of a domain, with that result, by a key of 2,048 bits. */
static void sign(const char *domain, enum dkim_result result)
{
	struct dkim_check *check = &checks[dkim.message.count++];

	*check = (struct dkim_check){ .result = result, .reason = "", .key_bits = 2048 };
	check->signature.domain = str_from(domain);
	check->signature.selector = STR("s");
	check->signature.signature_text = STR("ab+/cdefghij");
	dkim.message.checks = checks;
}

static int set_up(void **state)
{
	dkim = (struct dkim_facts){ .arc = { .reason = "" } };
	dmarc = (struct dmarc){ 0 };
	envelope = (struct envelope){ .has_sender = true, .sender = STR("bounce@mail.example") };
	return rules_set_up(state);
}

/* The sum of points that a rule set gives to mail of ann@a.example. */
static int32_t points(struct rules_fixture *f, const char *rules, bool checked)
{
	struct message_limits limits = message_default_limits();
	struct facts facts = { .envelope = &envelope };
	int32_t sum = 0;

	facts.message = message_parse(
		f->arena, STR("From: Ann <Ann@A.example>\nSubject: x\n\ntext\n"), &limits);
	facts.relays = relays_parse(f->arena, &facts.message->headers, &envelope,
	                            &(struct relay_settings){ 0 });
	facts.dkim = checked ? &dkim : NULL;
	facts.dmarc = checked ? &dmarc : NULL;
	rules_load(f, rules);
	f->hits = ruleset_match(f->set, f->arena, &facts, deadline_never());
	for (size_t i = 0; i < f->hits->len; i++)
		sum += f->hits->items[i].score;
	return sum;
}

static bool hits(struct rules_fixture *f, const char *call)
{
	char rule[300];

	snprintf(rule, sizeof(rule), "header R eval:%s\n", call);
	return points(f, rule, true) != 0;
}

static void test_nothing_was_checked(void **state)
{
	struct rules_fixture *f = *state;

	assert_int_equal(points(f,
	                        "full A eval:check_dkim_signed()\nfull B eval:check_dkim_valid()\n"
	                        "header C eval:check_dmarc_missing()\n"
	                        "header D eval:check_dkim_adsp('*')\nadsp_override a.example\n"
	                        "header E eval:check_arc_signed()\n",
	                        false),
	                 0);
}

static void test_signatures(void **state)
{
	struct rules_fixture *f = *state;

	assert_false(hits(f, "check_dkim_signed()"));
	sign("b.example", DKIM_FAIL);
	assert_true(hits(f, "check_dkim_signed()"));
	assert_false(hits(f, "check_dkim_valid()"));
	sign("x.b.example", DKIM_PASS);
	assert_true(hits(f, "check_dkim_valid()"));
	assert_true(hits(f, "check_dkim_verified()"));
	assert_true(hits(f, "check_dkim_valid('x.b.example')"));
	assert_true(hits(f, "check_dkim_valid('c.example', 'X.b.example')"));
	assert_true(hits(f, "check_dkim_valid('.b.example')"));
	assert_true(hits(f, "check_dkim_valid('*.b.example')"));
	assert_false(hits(f, "check_dkim_valid('b.example')"));
	assert_false(hits(f, "check_dkim_valid('xb.example')"));
	assert_false(hits(f, "check_dkim_valid('.x.b.example.org')"));
	assert_false(hits(f, "check_dkim_valid_author_sig()"));
	assert_false(hits(f, "check_dkim_valid_envelopefrom()"));
	sign("mail.example", DKIM_PASS);
	assert_true(hits(f, "check_dkim_valid_envelopefrom()"));
	dkim.message.count--;
	sign("a.example", DKIM_POLICY);
	assert_false(hits(f, "check_dkim_valid_author_sig()"));
	checks[2].result = DKIM_PASS;
	assert_true(hits(f, "check_dkim_valid_author_sig()"));
	assert_true(hits(f, "check_dkim_valid_author_sig('a.example')"));
	assert_false(hits(f, "check_dkim_valid_author_sig('b.example')"));
	/* i= says for whom a signature is. */
	checks[2].signature.identity = STR("@sub.a.example");
	assert_false(hits(f, "check_dkim_valid_author_sig()"));
}

/* By registered domains: the author is ann@a.example. */
static void test_alignment(void **state)
{
	struct rules_fixture *f = *state;

	sign("b.example", DKIM_PASS);
	assert_false(hits(f, "check_dkim_aligned()"));
	assert_false(hits(f, "check_dkim_cosigned()"));
	sign("mail.a.example", DKIM_FAIL);
	assert_false(hits(f, "check_dkim_aligned()"));
	checks[1].result = DKIM_PASS;
	assert_true(hits(f, "check_dkim_aligned()"));
	assert_true(hits(f, "check_dkim_cosigned()"));
	checks[0].result = DKIM_PERMERROR;
	assert_true(hits(f, "check_dkim_aligned()"));
	assert_false(hits(f, "check_dkim_cosigned()"));
	checks[1].signature.domain = STR("aa.example");
	assert_false(hits(f, "check_dkim_aligned()"));
	checks[1].signature.domain = STR("example");
	assert_false(hits(f, "check_dkim_aligned()"));
}

static void test_keys(void **state)
{
	struct rules_fixture *f = *state;
	static const char rules[] = "full R eval:check_dkim_valid()\ndkim_minimum_key_bits 2049\n";

	sign("a.example", DKIM_PASS);
	assert_int_equal(points(f, rules, true), 0);
	checks[0].key_bits = 2049;
	assert_int_not_equal(points(f, rules, true), 0);
	checks[0].key_bits = 256;
	checks[0].signature.algorithm = DKIM_ED25519_SHA256;
	assert_int_not_equal(points(f, rules, true), 0);
	assert_false(hits(f, "check_dkim_testing()"));
	checks[0].testing = true;
	assert_true(hits(f, "check_dkim_testing()"));
}

static void test_dependable(void **state)
{
	struct rules_fixture *f = *state;

	assert_false(hits(f, "check_dkim_dependable()"));
	sign("a.example", DKIM_FAIL);
	assert_true(hits(f, "check_dkim_dependable()"));
	sign("a.example", DKIM_NEUTRAL);
	assert_false(hits(f, "check_dkim_dependable()"));
	checks[1].result = DKIM_TEMPERROR;
	assert_false(hits(f, "check_dkim_dependable()"));
}

#define ADSP "header R eval:check_dkim_adsp("

static void test_practices(void **state)
{
	struct rules_fixture *f = *state;

	assert_int_equal(points(f, ADSP "'*')\nadsp_override b.example\n", true), 0);
	assert_int_not_equal(points(f, ADSP "'D')\nadsp_override A.example\n", true), 0);
	assert_int_not_equal(points(f, ADSP "'*')\nadsp_override *.example all\n", true), 0);
	assert_int_not_equal(points(f, ADSP "'2')\nadsp_override a.example custom_med\n", true), 0);
	assert_int_equal(points(f, ADSP "'1')\nadsp_override a.example custom_med\n", true), 0);
	assert_int_equal(points(f, ADSP "'*')\nadsp_override a.example unknown\n", true), 0);
	assert_int_equal(points(f, ADSP "'D', 'b.example')\nadsp_override a.example\n", true), 0);
	assert_int_not_equal(points(f, ADSP "'D', 'a.example')\nadsp_override a.example\n", true),
	                     0);
	assert_int_not_equal(
		points(f, "header R eval:check_dkim_signall()\nadsp_override a.example all\n",
	               true),
		0);
	sign("a.example", DKIM_PASS);
	assert_int_equal(points(f, ADSP "'D')\nadsp_override a.example\n", true), 0);
	points(f, "adsp_override a.example often\nbody B /b/\n", true);
	assert_int_equal(f->problems.len, 1);
	assert_non_null(strstr(rules_problem(f, 0), "1:25: 'often' is no practice"));
}

#define LISTED "header R eval:check_for_dkim_welcomelist_from()\n"

static void test_welcome_lists(void **state)
{
	struct rules_fixture *f = *state;

	assert_int_equal(points(f, LISTED "welcomelist_from_dkim ann@a.example\n", true), 0);
	sign("b.example", DKIM_PASS);
	assert_int_equal(points(f, LISTED "welcomelist_from_dkim ann@a.example\n", true), 0);
	assert_int_not_equal(
		points(f, LISTED "welcomelist_from_dkim ann@a.example b.example\n", true), 0);
	assert_int_not_equal(
		points(f, LISTED "welcomelist_from_dkim *@A.example x@b.example\n", true), 0);
	assert_int_equal(points(f, LISTED "welcomelist_from_dkim joe@a.example b.example\n", true),
	                 0);
	assert_int_equal(points(f, LISTED "welcomelist_auth *@a.example\n", true), 0);
	sign("a.example", DKIM_PASS);
	assert_int_not_equal(points(f, LISTED "welcomelist_auth *@a.example\n", true), 0);
	assert_int_not_equal(points(f, LISTED "welcomelist_from_dkim ann@a.example\n", true), 0);
	assert_int_equal(points(f,
	                        LISTED "welcomelist_from_dkim ann@a.example\n"
	                               "unwelcomelist_from_dkim ann@a.example\n",
	                        true),
	                 0);
	assert_int_equal(points(f, LISTED "def_welcomelist_auth *@a.example\n", true), 0);
	assert_int_not_equal(points(f,
	                            "header R eval:check_for_def_dkim_welcomelist_from()\n"
	                            "def_welcomelist_auth *@a.example\n",
	                            true),
	                     0);
	checks[1].result = DKIM_FAIL;
	assert_int_equal(points(f, LISTED "welcomelist_auth *@a.example\n", true), 0);
}

static void test_chains(void **state)
{
	struct rules_fixture *f = *state;
	struct arc_set sets[1] = { { .signature = { .domain = STR("list.example") } } };

	assert_false(hits(f, "check_arc_signed()"));
	/* Results without a signature are signed by nobody. */
	dkim.arc = (struct arc){ .result = ARC_FAIL, .reason = "x", .sets = sets };
	assert_false(hits(f, "check_arc_signed()"));
	/* A seal whose number can't be read is in no set. */
	dkim.arc.is_signed = true;
	assert_true(hits(f, "check_arc_signed()"));
	assert_false(hits(f, "check_arc_signed('list.example')"));
	dkim.arc.count = 1;
	assert_true(hits(f, "check_arc_signed('list.example')"));
	assert_false(hits(f, "check_arc_valid()"));
	dkim.arc.result = ARC_PASS;
	assert_true(hits(f, "check_arc_valid()"));
	assert_true(hits(f, "check_arc_valid('list.example')"));
	assert_false(hits(f, "check_arc_valid('other.example')"));
	assert_false(hits(f, "check_arc_trusted()"));
}

static struct arc_set sets[3];
static struct dkim_field fields[3];

/* One hop: who sealed it, and what it found. */
static void seal(const char *domain, const char *results)
{
	size_t i = dkim.arc.count++;

	fields[i].text = str_from(results);
	sets[i] = (struct arc_set){ .results = i + 1, .signature.domain = str_from(domain) };
	dkim.arc.sets = sets;
	dkim.arc.is_signed = true;
	dkim.arc.result = ARC_PASS;
	dkim.arc.message.fields.items = fields;
	dkim.arc.message.fields.len = dkim.arc.count;
}

#define TRUSTED "full R eval:check_arc_trusted()\n"

static void test_trusted_sealers(void **state)
{
	struct rules_fixture *f = *state;
	static const char rules[] = TRUSTED "arc_trusted_sealers x.example list.example\n"
					    "arc_trusted_sealers Host.example\n";

	assert_int_equal(points(f, rules, true), 0);
	seal("list.example", "ARC-Authentication-Results: i=1; list.example; dmarc=pass");
	assert_int_equal(points(f, TRUSTED, true), 0);
	assert_int_equal(points(f, rules, true), 1000);
	assert_int_equal(points(f, rules, false), 0);
	dkim.arc.result = ARC_FAIL;
	assert_int_equal(points(f, rules, true), 0);
	seal("other.example", "ARC-Authentication-Results: i=2; other.example; dmarc=pass");
	assert_int_equal(points(f, rules, true), 0);
	seal("HOST.example", "ARC-Authentication-Results: i=3; host.example; dmarc=pass");
	assert_int_equal(points(f, rules, true), 1000);
}

/* Does that hop's finding make DMARC pass, where the author's policy is to reject? */
static bool vouches(struct rules_fixture *f, const char *results)
{
	static const char rules[] = "header P eval:check_dmarc_pass()\nscore P 1\n"
				    "header R eval:check_dmarc_reject()\nscore R 10\n"
				    "arc_trusted_sealers list.example\n";
	int32_t sum;

	dkim.arc.count = 0;
	dmarc.result = DMARC_FAIL;
	dmarc.policy = DMARC_POLICY_REJECT;
	seal("list.example", results);
	sum = points(f, rules, true);
	assert_true(sum == 1000 || sum == 10000);
	return sum == 1000;
}

static void test_trusted_results(void **state)
{
	static const struct {
		const char *results;
		bool passes;
	} cases[] = {
		{ "i=1; list.example; spf=fail; dmarc=pass header.from=a.example", true },
		{ "i=1; list.example 1;\r\n\tDMARC/1 = Pass (p=none; x) header.from=a.example",
		  true },
		{ "i=1; list.example; dmarc=pass(p=none)", true },
		{ "i=1; list.example; dmarc (c) = pass; arc=none", true },
		{ "i=1; list.example; dmarc=fail", false },
		{ "i=1; list.example; dmarc=passed", false },
		{ "i=1; list.example; dmarc=pass; dmarc=fail", false },
		{ "i=1; list.example; spf=pass (; dmarc=pass)", false },
		{ "i=1; list.example; spf=pass reason=\"; dmarc=pass\"", false },
		{ "i=1; list.example; spf=pass (a \\) ; dmarc=pass", false },
		{ "i=1; list.example; xdmarc=pass; dmarc=", false },
		{ "i=1; list.example; spf=pass (\\", false },
		{ "", false },
	};
	struct rules_fixture *f = *state;
	char text[200];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "ARC-Authentication-Results: %s", cases[i].results);
		assert_int_equal(vouches(f, text), cases[i].passes);
	}
	/* Nobody's word makes a policy where there is none. */
	vouches(f, "ARC-Authentication-Results: i=1; list.example; dmarc=pass");
	dmarc.result = DMARC_NONE;
	assert_int_equal(points(f,
	                        "header P eval:check_dmarc_pass()\n"
	                        "arc_trusted_sealers list.example\n",
	                        true),
	                 0);
	dmarc.result = DMARC_FAIL;
	assert_int_equal(points(f,
	                        "header P eval:check_dmarc_pass()\n"
	                        "arc_trusted_sealers example\n",
	                        true),
	                 0);
}

static void test_policies(void **state)
{
	static const char *const calls[] = { "check_dmarc_pass()", "check_dmarc_reject()",
		                             "check_dmarc_quarantine()", "check_dmarc_none()",
		                             "check_dmarc_missing()" };
	static const struct {
		enum dmarc_result result;
		enum dmarc_policy policy;
		int hit; /* of the calls; -1: none */
	} cases[] = {
		{ DMARC_PASS, DMARC_POLICY_REJECT, 0 },
		{ DMARC_FAIL, DMARC_POLICY_REJECT, 1 },
		{ DMARC_FAIL, DMARC_POLICY_QUARANTINE, 2 },
		{ DMARC_FAIL, DMARC_POLICY_NONE, 3 },
		{ DMARC_NONE, DMARC_POLICY_NONE, 4 },
		{ DMARC_TEMPERROR, DMARC_POLICY_NONE, -1 },
	};
	struct rules_fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		dmarc.result = cases[i].result;
		dmarc.policy = cases[i].policy;
		for (int k = 0; k < 5; k++)
			assert_int_equal(hits(f, calls[k]), k == cases[i].hit);
	}
}

/* A key that did not come could have made a rule hit that lowers the score, and the other way
 * round. */
static void test_doubt(void **state)
{
	static const char rules[] = "body S /text/\nscore S 7\n"
				    "full V eval:check_dkim_valid()\nscore V -3\n"
				    "meta I S && !V\nscore I 1\n";
	struct rules_fixture *f = *state;

	sign("a.example", DKIM_FAIL);
	assert_int_equal(points(f, rules, true), 8000);
	assert_int_equal(f->hits->doubt, 0);
	checks[0].result = DKIM_TEMPERROR;
	assert_int_equal(points(f, rules, true), 8000);
	assert_int_equal(f->hits->doubt, 4000);
	checks[0].result = DKIM_FAIL;
	dmarc.result = DMARC_TEMPERROR;
	points(f, "body S /text/\nscore S 7\nheader P eval:check_dmarc_pass()\nscore P -2\n", true);
	assert_int_equal(f->hits->doubt, 2000);
}

static void assert_results(struct arena *arena, const struct facts *facts, const char *expected)
{
	struct str_list lines = { 0 };
	char text[1000] = "";

	auth_results(arena, facts, false, &lines);
	for (size_t i = 0; i < lines.len; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%.*s",
		         i > 0 ? "|" : "", STR_FMT(lines.items[i]));
	assert_string_equal(text, expected);
}

static void test_results(void **state)
{
	struct rules_fixture *f = *state;
	struct facts facts = { .dkim = &dkim, .dmarc = &dmarc };

	dmarc.author = STR("a.example");
	assert_results(f->arena, &facts, "dkim=none;|dmarc=none header.from=a.example");
	sign("a.example", DKIM_PASS);
	sign("b.example", DKIM_FAIL);
	checks[1].reason = "the body was changed";
	dmarc = (struct dmarc){ .result = DMARC_FAIL,
		                .policy = DMARC_POLICY_REJECT,
		                .author = STR("a.example; x=y"),
		                .domain = STR("a.example") };
	dkim.arc.result = ARC_PASS;
	assert_results(f->arena, &facts,
	               "dkim=pass header.d=a.example header.s=s header.a=rsa-sha256 "
	               "header.b=\"ab+/cdef\";|"
	               "dkim=fail (the body was changed) header.d=b.example header.s=s "
	               "header.a=rsa-sha256 header.b=\"ab+/cdef\";|"
	               "arc=pass;|dmarc=fail policy.dmarc=reject");
	assert_int_equal(auth_dkim_result(&dkim), DKIM_PASS);
	/* Nothing that a stranger wrote. */
	checks[0].signature.domain = STR("a.example dkim=pass");
	checks[0].unsigned_text = true;
	dkim.message.count = 1;
	facts.dmarc = NULL;
	dkim.arc.result = ARC_NONE;
	assert_results(f->arena, &facts,
	               "dkim=pass (text at the end is not signed) header.s=s "
	               "header.a=rsa-sha256 header.b=\"ab+/cdef\"");
	facts.dkim = NULL;
	assert_results(f->arena, &facts, "");
	spf = (struct spf_result){ .client_ip = STR("192.0.2.1") };
	facts.spf = &spf;
	facts.spf_is_relays = true;
	assert_results(f->arena, &facts, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing_was_checked, set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_signatures, set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_alignment, set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_keys, set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_dependable, set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_practices, set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_welcome_lists, set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_chains, set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_trusted_sealers, set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_trusted_results, set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_policies, set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_doubt, set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_results, set_up, rules_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
