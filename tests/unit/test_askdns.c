/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules of askdns: how they are read, what is asked, and what hits. More: tests/network. */
#include "tests/unit/fake_dns.h"
#include "tests/unit/rules_fixture.h"

#include "rules/match/message_tag.h"
#include "rules/model/askdns_rule.h"

#define MAIL                                                                                       \
	"From: Ann <ann@One.example>, bob@two.example\n"                                           \
	"Reply-To: <r@mail.reply.example>\nSubject: code zebra\n\nbody\n"

static const struct envelope envelope = { .sender = STR_INIT("joe@send.example"),
	                                  .has_sender = true,
	                                  .client_ip = STR_INIT("192.0.2.1"),
	                                  .helo = STR_INIT("helo.example") };

/* Two signatures that pass, one that doesn't. */
static struct dkim_check checks[] = {
	{ .signature = { .domain = STR_INIT("d1.example"),
	                 .identity = STR_INIT("@d1.example"),
	                 .selector = STR_INIT("s") },
	  .result = DKIM_PASS },
	{ .signature = { .domain = STR_INIT("bad.example") }, .result = DKIM_FAIL },
	{ .signature = { .domain = STR_INIT("d2.example"),
	                 .identity = STR_INIT("@d1.example"),
	                 .selector = STR_INIT("s") },
	  .result = DKIM_PASS },
};
static struct dkim_facts dkim = { .message = { .checks = checks, .count = 3 } };

/* The rules that hit the mail; *asked_r, where not NULL, is how many questions went out. */
static const char *hits_of(struct rules_fixture *f, const char *rules,
                           const struct fake_record *records, unsigned *asked_r)
{
	struct fake_zone zone = { .records = records };
	struct dns *dns = dns_new_from(fake_answer, &zone);
	struct dns_questions *questions = dns_questions_new(dns);
	struct message_limits limits = message_default_limits();
	const struct dns_patience patience = { 1000, 1000 };
	struct facts facts = { .envelope = &envelope };
	struct matching *matching;

	f->options.network_tests = true;
	rules_load(f, rules);
	assert_int_equal(f->problems.len, 0);
	facts.message = message_parse(f->arena, STR(MAIL), &limits);
	facts.relays = relays_parse(f->arena, &facts.message->headers, &envelope,
	                            &(struct relay_settings){ 0 });
	matching = ruleset_match_begin(f->set, f->arena, &facts, questions, deadline_never());
	ruleset_match_wait(matching, patience, deadline_never());
	facts.dkim = &dkim;
	ruleset_match_tags(matching);
	ruleset_match_wait(matching, patience, deadline_never());
	f->hits = ruleset_match_end(matching);
	dns_questions_free(questions);
	dns_free(dns);
	if (asked_r != NULL)
		*asked_r = zone.asked;
	return rules_hit_names(f);
}

static void test_names(void **state)
{
	static const struct fake_record records[] = {
		{ "send.example.z.example", DNS_A, "127.0.0.2" },
		{ "two.example.z.example", DNS_A, "127.0.0.2" },
		{ "1.2.0.192.z.example", DNS_A, "127.0.0.2" },
		{ "d2.example.one.example.z.example", DNS_A, "127.0.0.2" },
		{ "zebra.z.example", DNS_TXT, "x" },
		{ NULL, DNS_A, NULL },
	};
	struct rules_fixture *f = *state;
	unsigned asked;

	assert_string_equal(hits_of(f,
	                            "askdns A _SENDERDOMAIN_.z.example\n"
	                            "askdns B _AUTHORDOMAIN_.z.example\n"
	                            "askdns C _LASTEXTERNALREVIP_.z.example\n"
	                            "askdns D _DKIMDOMAIN_._AUTHORDOMAIN_.z.example\n"
	                            "header __W Subject =~ /code (?<WORD>\\w+)/\n"
	                            "askdns E _WORD_.z.example TXT\n"
	                            "askdns F _LASTEXTERNALHELO_._NONE_.z.example\n",
	                            records, &asked),
	                    "A B C D E");
	/* One, two, one, four, one, none. */
	assert_int_equal(asked, 9);
	assert_string_equal(arena_cstr(f->arena, rules_hit(f, "D")->matched),
	                    "d2.example.one.example.z.example A:127.0.0.2");
}

/* Two rules with one name are one question; what isn't a name is none. */
static void test_questions(void **state)
{
	static const struct fake_record records[] = {
		{ "send.example.z.example", DNS_A, "127.0.0.3" },
		{ NULL, DNS_A, NULL },
	};
	struct rules_fixture *f = *state;
	unsigned asked;

	assert_string_equal(hits_of(f,
	                            "askdns A _SENDERDOMAIN_.z.example A 127.0.0.2\n"
	                            "askdns B _SENDERDOMAIN_.Z.example. A 127.0.0.3\n"
	                            "askdns C _SENDERDOMAIN_ A\nscore C 0\n"
	                            "askdns D _HEADER(Subject)_.z.example\n"
	                            "askdns E _HEADER(X-None)_._SENDERDOMAIN_\n",
	                            records, &asked),
	                    "B");
	assert_int_equal(asked, 1);
}

static void test_records(void **state)
{
	static const struct fake_record records[] = {
		{ "many.example", DNS_TXT, "16" },
		{ "many.example", DNS_A, "127.0.0.4" },
		{ "many.example", DNS_MX, "mx.example" },
		{ "broken.example", DNS_A, "FAIL" },
		{ NULL, DNS_A, NULL },
	};
	struct rules_fixture *f = *state;

	assert_string_equal(hits_of(f,
	                            "askdns A many.example ANY 16\n"
	                            "askdns B many.example MX,A /^10 mx\\.example\\.$/\n"
	                            "askdns N1 many.example MX,A 16\n"
	                            "askdns C many.example A 4\n"
	                            "askdns N2 many.example A 3\n"
	                            "askdns D gone.example A [NXDOMAIN]\n"
	                            "askdns E broken.example A [2,3]\n"
	                            "askdns N3 broken.example A [NXDOMAIN]\n"
	                            "askdns F many.example AAAA [NOERROR]\n"
	                            "askdns N4 many.example AAAA\n",
	                            records, NULL),
	                    "A B C D E F");
}

/* What a list says of the one who asks is no entry. */
static void test_notices(void **state)
{
	static const struct fake_record records[] = {
		{ "send.example.z.example", DNS_A, "127.255.255.254" },
		{ "helo.example.z.example", DNS_A, "192.0.2.80" },
		{ "helo.example", DNS_A, "192.0.2.80" },
		{ NULL, DNS_A, NULL },
	};
	struct rules_fixture *f = *state;

	assert_string_equal(hits_of(f,
	                            "askdns N1 _SENDERDOMAIN_.z.example\n"
	                            "askdns N2 _SENDERDOMAIN_.z.example A /^127\\./\n"
	                            "askdns N3 _SENDERDOMAIN_.z.example A 2\n"
	                            "askdns A _SENDERDOMAIN_.z.example A /^127\\.255\\./\n"
	                            "askdns N4 _LASTEXTERNALHELO_.z.example A /./\n"
	                            "askdns B _LASTEXTERNALHELO_.z.example A 192.0.2.80\n"
	                            "askdns C _LASTEXTERNALHELO_ A /./\n",
	                            records, NULL),
	                    "A B C");
}

static void test_mistakes(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "askdns A x.example AA\naskdns B x.example A,BB\n"
	              "askdns C x.example A [NX]\naskdns D x.example A nonsense\n"
	              "askdns E x.example A /(/\naskdns F x.example A []\naskdns G\n"
	              "askdns H _A_ A 1-\n");
	assert_int_equal(f->problems.len, 8);
	assert_string_equal(rules_problem(f, 0),
	                    "1:20: 'AA' is no type of DNS records that askdns knows; write A, TXT, "
	                    "ANY or several with commas");
	assert_true(str_starts(str_from(rules_problem(f, 1)), STR("2:22: 'BB' is no type")));
	assert_string_equal(rules_problem(f, 2), "3:22: 'NX' is no response code of the DNS");
	assert_true(str_starts(str_from(rules_problem(f, 3)), STR("4:22: a filter is")));
	assert_true(str_starts(str_from(rules_problem(f, 4)), STR("5:24: ")));
	assert_int_equal(f->set->rules.len, 0);
}

static void expect_template(const char *template, const char *tags, const char *zone)
{
	struct askdns_rule rule = { 0 };
	char found[256] = "";

	assert_true(askdns_rule_read_template(str_from(template), &rule));
	for (size_t i = 0; i < rule.tag_count; i++) {
		strncat(found, rule.tags[i].name.data, rule.tags[i].name.len);
		if (rule.tags[i].argument.data != NULL) {
			strcat(found, "=");
			strncat(found, rule.tags[i].argument.data, rule.tags[i].argument.len);
		}
		strcat(found, " ");
	}
	assert_string_equal(found, tags);
	assert_str(rule.zone, zone);
}

static void test_templates(void **state)
{
	struct askdns_rule rule = { 0 };

	(void)state;
	expect_template("_A_.x.example.", "A ", "x.example");
	expect_template("_A__B_.org", "A B ", "");
	expect_template("_A_B_.x.example", "A_B ", "x.example");
	expect_template("_A_B.x.example", "A ", "");
	expect_template("_A1_2B_._A1_2B_.x.example", "A1_2B ", "x.example");
	expect_template("_dmarc._A_", "A ", "");
	expect_template("__A_x", "A ", "");
	expect_template("_1A_._aB_._A", "", "");
	expect_template("_HEADER(Reply-To:addr)_.x.example", "HEADER=Reply-To:addr ", "x.example");
	expect_template("_HEADER(To)_HEADER(Cc)_.x.example", "HEADER=To ", "");
	expect_template("_HEADER_(To)_.x.example", "HEADER ", "");
	expect_template("plain.x.example", "", "");
	assert_false(askdns_rule_read_template(
		STR("_A_._B_._C_._D_._E_._F_._G_._H_._I_._J_._K_._L_._M_._N_._O_._P_._Q_.example"),
		&rule));
}

static void expect_values(struct rules_fixture *f, const char *name, const char *expected)
{
	struct message_limits limits = message_default_limits();
	struct facts facts = { .envelope = &envelope, .dkim = &dkim };
	struct message_tags tags = { f->arena, &facts, NULL };
	struct str_list values = { 0 };
	struct str argument = str_from(name), word;
	char text[512] = "";

	facts.message = message_parse(f->arena, STR(MAIL), &limits);
	facts.relays = relays_parse(f->arena, &facts.message->headers, &envelope,
	                            &(struct relay_settings){ 0 });
	str_next_piece(&argument, '=', &word);
	assert_true(message_tag_values(&tags, word, argument, &values));
	for (size_t i = 0; i < values.len; i++) {
		strncat(text, values.items[i].data, values.items[i].len);
		strcat(text, "|");
	}
	assert_string_equal(text, expected);
}

static void test_tags(void **state)
{
	struct rules_fixture *f = *state;
	struct message_tags nothing = { f->arena, NULL, NULL };
	struct str_list values = { 0 };
	struct map *set = NULL;

	expect_values(f, "AUTHORDOMAIN", "one.example|two.example|");
	expect_values(f, "SENDERDOMAIN", "send.example|");
	expect_values(f, "DKIMDOMAIN", "d1.example|d2.example|");
	expect_values(f, "DKIMIDENTITY", "@d1.example|");
	expect_values(f, "DKIMSELECTOR", "s|");
	expect_values(f, "LASTEXTERNALIP", "192.0.2.1|");
	expect_values(f, "LASTEXTERNALREVIP", "1.2.0.192|");
	expect_values(f, "LASTEXTERNALHELO", "helo.example|");
	expect_values(f, "LASTEXTERNALRDNS", "");
	expect_values(f, "RELAYSEXTERNALREVIP", "1.2.0.192|");
	expect_values(f, "RELAYSUNTRUSTEDREVIP", "1.2.0.192|");
	expect_values(f, "RELAYSTRUSTEDREVIP", "");
	expect_values(f, "FIRSTTRUSTEDIP", "");
	expect_values(f, "HEADER=From:addr", "ann@One.example|");
	expect_values(f, "HEADER=Subject", "code zebra|");
	expect_values(f, "HEADER=Reply-To:addr:domain", "reply.example|");
	assert_false(message_tag_values(&nothing, STR("NOSUCH"), STR(""), &values));
	assert_true(message_tag_set(&set, f->arena, STR("NOSUCH"), STR("a")));
	assert_false(message_tag_set(&set, f->arena, STR("NOSUCH"), STR("a")));
	nothing.set = set;
	assert_true(message_tag_values(&nothing, STR("NOSUCH"), STR(""), &values));
	assert_int_equal(values.len, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rules_test(test_names),   rules_test(test_questions), rules_test(test_records),
		rules_test(test_notices), rules_test(test_mistakes),  rules_test(test_templates),
		rules_test(test_tags),
	};

	return cmocka_run_group_tests_name("askdns", tests, NULL, NULL);
}
