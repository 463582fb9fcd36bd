/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules that ask DNS lists about relays and senders: their arguments, and what is asked when. */
#include "tests/unit/fake_dns.h"
#include "tests/unit/rules_fixture.h"

#include "facts/dns_list.h"
#include "rules/ask/ask.h"
#include "rules/ask/rbl.h"

static const struct fake_record records[] = {
	{ "7.100.51.198.bl.example", DNS_A, "127.0.0.4" },
	{ "7.100.51.198.xn--bcher-kva.example", DNS_A, "127.0.0.2" },
	{ "7.100.51.198.bl.example", DNS_A, "127.0.0.9" },
	{ "7.100.51.198.txt.example", DNS_TXT, "see https://txt.example/7" },
	{ "7.100.51.198.over.example", DNS_A, "127.255.255.255" },
	{ "7.100.51.198.over.example", DNS_TXT, "you ask too much" },
	{ "7.100.51.198.liar.example", DNS_A, "127.0.0.2" },
	{ "1.0.0.127.liar.example", DNS_A, "127.0.0.2" },
	{ "7.100.51.198.late.example", DNS_A, "NEVER" },
	{ "2.0.0.127.mute.example", DNS_A, "TIMEOUT" },
	{ "1.0.0.127.mute.example", DNS_A, "FAIL" },
	{ "from-dom.com.bl.example", DNS_A, "127.0.0.2" },
	{ NULL, DNS_A, NULL },
};

#define MAIL                                                                                       \
	"Received: from a (a [198.51.100.7]) by mx.example.net (Postfix) with ESMTP id 1\n"        \
	"Received: from b (b [198.51.100.8]) by a (Postfix) with ESMTP id 2\n"                     \
	"From: Ann <ann@from-dom.com>\nSubject: x\n\nbody\n"

static unsigned asked;
static const struct fake_record *answers = records;
static const char standard[] = MAIL;
static const char *mail = standard;

static struct dns_answer *answer(void *context, struct str name, enum dns_type type)
{
	asked++;
	return fake_answer(context, name, type);
}

/* The names of the rules that hit; `questions_r` of the message, not those of probes. */
static const char *hits_of(struct rules_fixture *f, bool early, unsigned *questions_r)
{
	struct envelope stored = { .sender = STR_INIT("ann@env-dom.com"),
		                   .has_sender = mail != standard };
	struct fake_zone zone = { .records = answers };
	struct dns *dns = dns_new_from(answer, &zone);
	struct dns_questions *questions = dns_questions_new(dns);
	struct message_limits limits = message_default_limits();
	const struct dns_patience patience = { 20, 10 };
	struct envelope envelope = { .client_ip = STR_INIT("198.51.100.7"),
		                     .sender = STR_INIT("ann@env-dom.com"),
		                     .has_sender = true };
	struct header_list none = { 0 };
	struct facts facts = { .envelope = &stored };
	struct matching *matching;

	dns_lists_probe(dns);
	dns_lists_settle(deadline_never());
	asked = 0;
	facts.message = message_parse(f->arena, str_from(mail), &limits);
	facts.relays = relays_parse(f->arena, &facts.message->headers, &stored,
	                            &(struct relay_settings){ 0 });
	if (early) {
		ruleset_ask_early(
			f->set, f->arena, &envelope,
			relays_parse(f->arena, &none, &envelope, &(struct relay_settings){ 0 }),
			questions);
		*questions_r = asked;
	}
	matching = ruleset_match_begin(f->set, f->arena, &facts, questions, deadline_never());
	ruleset_match_wait(matching, patience, deadline_never());
	ruleset_match_tags(matching);
	f->hits = ruleset_match_end(matching);
	if (!early)
		*questions_r = asked;
	dns_questions_free(questions);
	dns_free(dns);
	return rules_hit_names(f);
}

static void load(struct rules_fixture *f, const char *rules)
{
	f->options.network_tests = true;
	rules_load(f, rules);
}

static void test_answers_are_shared(void **state)
{
	struct rules_fixture *f = *state;
	unsigned questions;

	load(f, "header __ALL eval:check_rbl('x', 'bl.example.')\n"
	        "header FOUR eval:check_rbl_sub('x', '127.0.0.4')\n"
	        "header NINE eval:check_rbl_sub('x', '^127\\.0\\.0\\.9$')\n"
	        "header TWO eval:check_rbl_sub('x', '2')\n"
	        "header LAST eval:check_rbl('y-lastexternal', 'bl.example', '8')\n"
	        "header HOST eval:check_rbl_from_domain('z', 'bl.example')\n");
	assert_int_equal(f->problems.len, 0);
	assert_string_equal(hits_of(f, false, &questions), "FOUR NINE LAST HOST");
	/* Two relays, and the sender's domain; each once. */
	assert_int_equal(questions, 3);
	assert_str(rules_hit(f, "FOUR")->matched, "198.51.100.7 in bl.example: 127.0.0.4");
	assert_str(rules_hit(f, "HOST")->matched, "from-dom.com in bl.example: 127.0.0.2");
	assert_str(f->hits->list_answers, "<dns:7.100.51.198.bl.example> [127.0.0.4, 127.0.0.9]\n"
	                                  "<dns:7.100.51.198.bl.example> [127.0.0.4, 127.0.0.9]\n"
	                                  "<dns:from-dom.com.bl.example> [127.0.0.2]");
}

/* Names of lists beyond ASCII are asked for in punycode. */
static void test_idn(void **state)
{
	struct rules_fixture *f = *state;
	unsigned questions;

	load(f, "header A eval:check_rbl('x', 'B\xc3\xbc"
	        "cher.example.')\n");
	assert_int_equal(f->problems.len, 0);
	assert_string_equal(hits_of(f, false, &questions), "A");
}

/* Nobody is asked what no rule uses. */
static void test_unused(void **state)
{
	struct rules_fixture *f = *state;
	unsigned questions;

	load(f, "header __ALL eval:check_rbl('x', 'bl.example.')\n"
	        "header OFF eval:check_rbl_sub('x', '127.0.0.4')\nscore OFF 0\n"
	        "header LONE eval:check_rbl_sub('w', '127.0.0.4')\n"
	        "header ZERO eval:check_rbl('v', 'bl.example.')\nscore ZERO 0\n"
	        "meta M (__ALL)\nscore M 0\n");
	assert_int_equal(f->problems.len, 0);
	assert_string_equal(hits_of(f, false, &questions), "");
	assert_int_equal(questions, 0);
}

static void test_text(void **state)
{
	struct rules_fixture *f = *state;
	unsigned questions;

	load(f, "header ANY eval:check_rbl_txt('x', 'txt.example.')\n"
	        "header PART eval:check_rbl_txt('y', 'txt.example.', '(?i:HTTPS)')\n"
	        "header OTHER eval:check_rbl_txt('z', 'txt.example.', 'HTTPS')\n"
	        "header OVER eval:check_rbl_txt('o', 'over.example.')\nscore OVER -3\n");
	assert_int_equal(f->problems.len, 0);
	assert_string_equal(hits_of(f, false, &questions), "ANY PART");
	assert_str(rules_hit(f, "ANY")->matched, "see https://txt.example/7");
}

static void test_early(void **state)
{
	struct rules_fixture *f = *state;
	unsigned questions;

	load(f, "header A eval:check_rbl('x', 'bl.example.')\n"
	        "header B eval:check_rbl('y-untrusted', 'bl.example.')\n"
	        "header C eval:check_rbl_envfrom('z', 'bl.example.')\n"
	        "header D eval:check_dns_sender()\n"
	        "header E eval:check_rbl_from_host('z', 'bl.example.')\n");
	assert_int_equal(f->problems.len, 0);
	hits_of(f, true, &questions);
	/* The client and the sender in the list; the sender's address and mail exchanger. */
	assert_int_equal(questions, 4);
}

static void test_suspended(void **state)
{
	struct rules_fixture *f = *state;
	unsigned questions;

	load(f, "header A eval:check_rbl('x', 'liar.example.')\n"
	        "header B eval:check_rbl('y', 'over.example.')\nscore B -5\n"
	        "header N eval:check_rbl('y', 'over.example.', '^127\\.255\\.255\\.255$')\n");
	assert_string_equal(hits_of(f, false, &questions), "N");
	assert_int_equal(questions, 2);
	/* What nobody asks any more leaves no doubt. */
	assert_string_equal(hits_of(f, false, &questions), "");
	assert_int_equal(questions, 0);
	assert_int_equal(f->hits->doubt, 0);
}

static void test_late(void **state)
{
	struct rules_fixture *f = *state;
	unsigned questions;

	load(f, "header A eval:check_rbl('x', 'late.example.')\nscore A -5\n"
	        "header B eval:check_rbl('y', 'bl.example.')\n");
	assert_string_equal(hits_of(f, false, &questions), "B");
	assert_int_equal(f->hits->doubt, 5000);
}

/* What a list would have said is doubt where it is silent, not where it can't be believed. */
static void test_suspended_doubt(void **state)
{
	struct rules_fixture *f = *state;
	unsigned questions;

	load(f, "header A eval:check_rbl('x', 'mute.example.')\nscore A -5\n"
	        "header B eval:check_rbl('y', 'liar.example.')\nscore B -3\n"
	        "header C eval:check_rbl('z', 'over.example.')\nscore C -2\n");
	/* What it says to a message suspends the last one. */
	hits_of(f, false, &questions);
	assert_string_equal(hits_of(f, false, &questions), "");
	assert_int_equal(questions, 0);
	assert_int_equal(f->hits->doubt, 5000);
}

/* Names below the domain are not asked for once the rule has hit. */
static void test_block_rule(void **state)
{
	struct rules_fixture *f = *state;
	unsigned questions;

	load(f, "header A eval:check_rbl('x', 'bl.example.')\n"
	        "header __NINE eval:check_rbl_sub('x', '127.0.0.9')\n"
	        "dns_block_rule __NINE .other.example BL.example.\n"
	        "dns_block_rule NOBODY txt.example\n"
	        "dns_block_time 200\n");
	assert_int_equal(f->problems.len, 0);
	assert_string_equal(hits_of(f, false, &questions), "A");
	assert_string_equal(hits_of(f, false, &questions), "");
	assert_int_equal(questions, 0);
}

static void test_skip(void **state)
{
	struct rules_fixture *f = *state;
	unsigned questions;

	load(f, "skip_rbl_checks 1\nheader A eval:check_rbl('x', 'bl.example.')\n"
	        "header B eval:check_dns_sender()\n");
	assert_string_equal(hits_of(f, false, &questions), "");
	assert_int_equal(questions, 0);
	load(f, "skip_rbl_checks 1\nskip_rbl_checks 0\n"
	        "header A eval:check_rbl('x', 'bl.example.')\n");
	assert_string_equal(hits_of(f, false, &questions), "A");
}

static void test_mistakes(void **state)
{
	static const char *const cases[][2] = {
		{ "header A eval:check_rbl('x')\n", "the name of a list is missing" },
		{ "header A eval:check_rbl()\n", "the name of a set is missing" },
		{ "header A eval:check_rbl('x', 'bl..example')\n", "no name of a list" },
		{ "header A eval:check_rbl('x', 'bl. example')\n", "no name of a list" },
		{ "header A eval:check_rbl('x', 'bl\x1b.example')\n", "no name of a list" },
		{ "header A eval:check_rbl('x', 'bl.example', '(')\n", ":1:43" },
		{ "header A eval:check_rbl('x', 'bl.example', '.*')\n", "matches any answer" },
		{ "header A eval:check_rbl_sub('x')\n", "what the answer has to be is missing" },
		{ "header A eval:check_rbl_accreditor('x', 'bl.example', '2')\n",
		  "the name of an accreditor is missing" },
		{ "skip_rbl_checks maybe\n", "a whole number belongs here" },
		{ "dns_block_rule A\n", "a domain is missing" },
		{ "dns_block_rule A a..b\n", "is no domain" },
		{ "rbl_headers\n", "a value is missing" },
	};
	struct rules_fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t known = f->problems.len;

		load(f, cases[i][0]);
		assert_int_equal(f->problems.len, known + 1);
		if (cases[i][1][0] != ':' && strstr(rules_problem(f, known), cases[i][1]) == NULL)
			fail_msg("%s: %s", cases[i][0], rules_problem(f, known));
	}
}

static const char *host_of(struct arena *arena, const char *address)
{
	return arena_cstr(arena, rbl_host_of_address(arena, str_from(address)));
}

static void test_hosts(void **state)
{
	struct rules_fixture *f = *state;

	assert_string_equal(host_of(f->arena, "a@B.Example"), "b.example");
	assert_string_equal(host_of(f->arena, "a@.b..example.."), "b.example");
	assert_string_equal(host_of(f->arena, "a@b.example@c.example"), "b.example");
	assert_string_equal(host_of(f->arena, "a@b.example c"), "b.example");
	assert_string_equal(host_of(f->arena, "a@localhost"), "");
	assert_string_equal(host_of(f->arena, "a@localhost."), "");
	assert_string_equal(host_of(f->arena, "a@..."), "");
	assert_string_equal(host_of(f->arena, "b.example"), "");
	assert_string_equal(host_of(f->arena, ""), "");
}

static unsigned questions_of(struct rules_fixture *f, const char *rules)
{
	unsigned questions;

	load(f, rules);
	assert_string_equal(hits_of(f, false, &questions), "");
	return questions;
}

/* A sender can't make a message ask for hundreds of names, nor can the servers of his domain. */
static void test_many_hosts(void **state)
{
	struct rules_fixture *f = *state;
	struct fake_record servers[301] = { { NULL, DNS_A, NULL } };
	struct strbuf text;

	strbuf_init(&text, f->arena);
	for (unsigned field = 0; field < 3; field++) {
		strbuf_printf(&text, "%s: ", field == 0 ? "From" : field == 1 ? "Cc" : "X-Hosts");
		for (unsigned i = 0; i < 100; i++)
			strbuf_printf(&text, "%sa@h%u.d%u.com", i > 0 ? ", " : "", i, field);
		strbuf_add(&text, STR("\n"));
	}
	for (unsigned i = 0; i < 100; i++)
		strbuf_printf(&text, "X-Lines: h%u.com\nFrom: a@h%u.com\n", i, i);
	mail = arena_printf(f->arena, "%.*s\nbody\n", STR_FMT(strbuf_str(&text))).data;
	for (unsigned i = 0; i < 300; i++)
		servers[i] =
			(struct fake_record){ "env-dom.com", DNS_NS,
			                      arena_cstr(f->arena,
			                                 arena_printf(f->arena, "ns%u.com", i)) };
	answers = servers;
	assert_in_range(questions_of(f, "header A eval:check_rbl_from_host('a', 'a.example')\n"), 1,
	                20);
	assert_in_range(questions_of(f, "header A eval:check_rbl_from_domain('a', 'a.example')\n"),
	                1, 20);
	assert_in_range(
		questions_of(f,
	                     "header A eval:check_rbl_headers('a', 'a.example', '', 'X-Lines')\n"),
		1, 20);
	assert_in_range(questions_of(f, "header A eval:check_rbl_ns_from('a', 'a.example')\n"), 2,
	                21);
	answers = records;
	mail = standard;
}

static void test_vouched(void **state)
{
	struct str none = STR(""), name = STR("bond");

	(void)state;
	assert_true(rbl_is_vouched(STR("list@a--Bond.example.com"), none, name));
	assert_true(rbl_is_vouched(STR("list@x.a--bond.example.com"), none, name));
	assert_false(rbl_is_vouched(STR("list@a--bonds.example.com"), none, name));
	assert_false(rbl_is_vouched(STR("list@a--bond"), none, name));
	assert_false(rbl_is_vouched(STR("lista--bond.example.com"), none, name));
	assert_true(rbl_is_vouched(none, STR("other x=1 , BOND parm=2"), name));
	assert_false(rbl_is_vouched(none, STR("other bond, bondage"), name));
}

int main(void)
{
#define RULES_TEST(name) cmocka_unit_test_setup_teardown(name, rules_set_up, rules_tear_down)
	const struct CMUnitTest tests[] = {
		RULES_TEST(test_answers_are_shared),
		RULES_TEST(test_unused),
		RULES_TEST(test_idn),
		RULES_TEST(test_text),
		RULES_TEST(test_early),
		RULES_TEST(test_suspended),
		RULES_TEST(test_late),
		RULES_TEST(test_suspended_doubt),
		RULES_TEST(test_block_rule),
		RULES_TEST(test_skip),
		RULES_TEST(test_mistakes),
		RULES_TEST(test_hosts),
		RULES_TEST(test_many_hosts),
		cmocka_unit_test(test_vouched),
	};

	return cmocka_run_group_tests_name("ask_rbl", tests, NULL, NULL);
}
