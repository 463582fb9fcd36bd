/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/strbuf.h"
#include "tests/unit/rules_fixture.h"

#define MAIL(text) "From: a@example.com\nSubject: s\n\n" text "\n"

static void test_redirector_pattern(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "redirector_pattern m'^http://r\\.example\\.com/go/(.*)$'i\n"
	              "redirector_pattern /^http:\\/\\/s\\.example\\.com\\/\\?(nodot|a\\.b)/\n"
	              "uri A m{^http://target\\.example\\.net/x}\n"
	              "uri B m{^http://nodot}\n"
	              "uri C m{^http://second\\.example\\.org}\n");
	assert_int_equal(f->problems.len, 0);
	rules_match(f, MAIL("http://q.example.com/go/target.example.net/x"));
	assert_string_equal(rules_hit_names(f), "");
	rules_match(f, MAIL("HTTP://r.example.com/GO/target.example.net/x"));
	assert_string_equal(rules_hit_names(f), "A");
	rules_match(f, MAIL("http://s.example.com/?nodot"));
	assert_string_equal(rules_hit_names(f), "");
	/* The target of a redirector may be one. */
	rules_match(f, MAIL("http://r.example.com/go/r.example.com/go/second.example.org"));
	assert_string_equal(rules_hit_names(f), "C");
}

static void test_wrong_redirector_pattern(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "redirector_pattern /(/\nredirector_pattern\n");
	assert_int_equal(f->problems.len, 2);
	assert_non_null(strstr(rules_problem(f, 0), "1:22: "));
	assert_non_null(strstr(rules_problem(f, 0), "the redirector is not looked for"));
	assert_string_equal(rules_problem(f, 1), "2:19: the pattern is missing");
}

/* A URI on which a pattern takes exponential time costs at most the limit, a few times. */
static void test_slow_redirector_pattern(void **state)
{
	struct rules_fixture *f = *state;
	struct uri_rules rules;
	char uri[200] = "http://";
	struct str target;
	int i;

	memset(uri + 7, 'a', 180);
	rules_load(f, "redirector_pattern /^http:..(?:a|aa)+(?:a|aa)+(?!a)a(.*)/\n");
	uri_rules_compile(f->set);
	uri_rules_init(&rules, f->set, deadline_never());
	for (i = 0; i < 1000 && !rules.gave_up; i++)
		assert_false(rules.knowledge.find_target(&rules, str_from(uri), &target));
	assert_in_range(i, 2, 20);
	uri_rules_deinit(&rules);
	uri_rules_init(&rules, f->set, deadline_in_ms(0));
	assert_false(rules.knowledge.find_target(&rules, str_from("http://ab.c"), &target));
	assert_true(rules.gave_up);
	uri_rules_deinit(&rules);
}

static void test_domains(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "util_rb_tld com mycorp\nutil_rb_2tld Host.com com.com.com x\n"
	              "util_rb_3tld a.b.com\n"
	              "uri_detail A domain =~ /^y\\.host\\.com$/\n"
	              "uri_detail B domain =~ /^x\\.a\\.b\\.com$/\n"
	              "uri_detail C domain =~ /^in\\.mycorp$/\n"
	              "uri_detail D domain =~ /org/\n");
	assert_int_equal(f->problems.len, 2);
	assert_string_equal(rules_problem(f, 0),
	                    "2:23: 'com.com.com' is left out; names of 2 parts belong here");
	rules_match(f, MAIL("http://x.y.host.com/ http://w.x.a.b.com http://w.in.mycorp/ "
	                    "http://example.org"));
	assert_string_equal(rules_hit_names(f), "A B C");
	rules_load(f, "util_rb_tld mycorp\nclear_util_rb\n"
	              "uri_detail A domain =~ /^in\\.mycorp$/\n"
	              "uri_detail B domain =~ /^example\\.org$/\n");
	rules_match(f, MAIL("http://w.in.mycorp/ http://www.example.org"));
	assert_string_equal(rules_hit_names(f), "B");
}

static void test_networks(void **state)
{
	struct rules_fixture *f = *state;
	const struct site *site;

	rules_load(f, "trusted_networks 10/8 nonsense !10.1.2.3\nTrusted-Networks 192.168.\n"
	              "internal_networks 10/8\nclear_internal_networks\nmsa_networks 10.9.9.9\n"
	              "trusted_networks\n");
	site = ruleset_site(f->set);
	assert_int_equal(f->problems.len, 2);
	assert_non_null(strstr(rules_problem(f, 0), "1:23: \"nonsense\" is no IP network"));
	assert_string_equal(rules_problem(f, 1), "6:17: a network is missing here");
	assert_int_equal(site->trusted_networks.len, 3);
	assert_true(networks_match_text(&site->trusted_networks, STR("10.1.2.4")));
	assert_false(networks_match_text(&site->trusted_networks, STR("10.1.2.3")));
	assert_int_equal(site->internal_networks.len, 0);
	assert_int_equal(site->msa_networks.len, 1);
}

static void test_networks_that_are_not_trusted(void **state)
{
	struct rules_fixture *f = *state;
	const struct site *site;

	rules_load(f, "internal_networks 10.1/16 192.0.2.0/24 127.0.0.1 !172.16/12\n"
	              "internal_networks 1.2.3.4\nclear_internal_networks\n"
	              "internal_networks 10.1/16 192.0.2.0/24 127.0.0.1 !172.16/12\n"
	              "trusted_networks 10/8 192.0.2.1\n");
	site = ruleset_site(f->set);
	assert_int_equal(f->problems.len, 1);
	assert_string_equal(rules_problem(f, 0), "4:27: 192.0.2.0/24 is not in trusted_networks, "
	                                         "and left out here; add it there");
	assert_true(networks_match_text(&site->internal_networks, STR("10.1.0.1")));
	assert_false(networks_match_text(&site->internal_networks, STR("192.0.2.1")));
}

static void test_fields_of_relays(void **state)
{
	struct rules_fixture *f = *state;
	const struct site *site;

	rules_load(f, "body A /a/\n");
	assert_false(ruleset_site(f->set)->has_origin_headers);
	rules_load(f, "originating_ip_headers X-A X-B\nclear_originating_ip_headers\n"
	              "originating_ip_headers X-C x-c\nenvelope_sender_header X-From:\n");
	site = ruleset_site(f->set);
	assert_int_equal(f->problems.len, 0);
	assert_true(site->has_origin_headers);
	assert_int_equal(site->origin_headers.len, 1);
	assert_str(site->origin_headers.items[0], "X-C");
	assert_str(site->sender_header, "X-From");
}

/* Names of the fields in order. */
static const char *field_names(struct rules_fixture *f, const struct site_field_list *fields)
{
	struct strbuf out;
	const struct site_field *field;

	strbuf_init(&out, f->arena);
	vec_foreach (fields, field)
		strbuf_printf(&out, "%s%.*s", out.len > 0 ? " " : "", STR_FMT(field->name));
	return arena_cstr(f->arena, strbuf_str(&out));
}

static void test_header_fields(void **state)
{
	struct rules_fixture *f = *state;
	const struct site *site;

	rules_load(f, "add_header all Foo \"a \\\\n\\nb\\tc \\xd\"\nadd_header ham Bar x\n"
	              "remove_header spam level\nadd_header spam FOO again\n");
	site = ruleset_site(f->set);
	assert_int_equal(f->problems.len, 0);
	assert_string_equal(field_names(f, &site->ham_fields), "Score Level Status Foo Bar");
	assert_string_equal(field_names(f, &site->spam_fields), "Flag Score Status FOO");
	assert_str(site->ham_fields.items[3].text, "a \\n\nb\tc d");
	rules_load(f, "add_header all Checker-Version x\nclear_headers\n"
	              "remove_header all Checker-Version\nreport_safe 0\nreport_safe 0\n");
	site = ruleset_site(f->set);
	assert_string_equal(field_names(f, &site->ham_fields), "Score Checker-Version");
	assert_string_equal(field_names(f, &site->spam_fields), "Score Checker-Version Report");
	rules_load(f, "add_header some Foo x\nadd_header all Fo:o x\nadd_header all Foo\n");
	assert_int_equal(f->problems.len, 3);
	assert_string_equal(rules_problem(f, 0), "1:12: spam, ham or all belongs here, not 'some'");
}

static void test_threshold_and_rewriting(void **state)
{
	struct rules_fixture *f = *state;
	const struct site *site;

	rules_load(f, "required_hits 3\nrequired_score 4.5\nrequired_score x\n"
	              "rewrite_header subject  *** SPAM ***\nrewrite_header Cc x\n"
	              "report_safe 2\nreport_contact a b\n");
	site = ruleset_site(f->set);
	assert_int_equal(f->problems.len, 2);
	assert_true(site->has_required_score);
	assert_int_equal(site->required_score, 4500);
	assert_int_equal(site->required_score_at.line, 2);
	assert_str(site->rewrite[SITE_REWRITE_SUBJECT].text, "*** SPAM ***");
	assert_false(site->rewrite[SITE_REWRITE_TO].given);
	assert_str(site->report_contact, "a b");
	assert_int_equal(f->set->ignored.len, 1);
	rules_load(f, "body_part_scan_size 100\nrawbody_part_scan_size 0\n");
	assert_int_equal(ruleset_site(f->set)->body_part_chars, 100);
	assert_true(ruleset_site(f->set)->rawbody_part_bytes == SIZE_MAX);
	assert_int_equal(ruleset_site(f->set)->body_total_chars, 0);
	rules_load(f, "body_total_scan_size 300\nrawbody_total_scan_size 400\n"
	              "loadhandler Mail::SpamAssassin::Handler::HTML\n");
	assert_int_equal(ruleset_site(f->set)->body_total_chars, 300);
	assert_int_equal(ruleset_site(f->set)->rawbody_total_bytes, 400);
	rules_load(f, "loadhandler Mail::SpamAssassin::Handler::HTML\n");
	assert_int_equal(ruleset_site(f->set)->rawbody_total_bytes, 1000000);
	rules_load(f, "rawbody_total_scan_size 0\nloadhandler Mail::SpamAssassin::Handler::HTML\n");
	assert_int_equal(ruleset_site(f->set)->body_total_chars, 100000);
	assert_true(ruleset_site(f->set)->rawbody_total_bytes == SIZE_MAX);
}

#define SHORT                                                                                      \
	"loadplugin Mail::SpamAssassin::Plugin::Shortcircuit\n"                                    \
	"body BODY /five/\nscore BODY 5\nheader HEAD From =~ /example/\nuri URI /example/\n"       \
	"meta LATE URI\nmeta EARLY HEAD\npriority HEAD -5\n"

static void test_shortcircuit(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, SHORT);
	rules_match(f, MAIL("five http://www.example.com"));
	assert_string_equal(rules_hit_names(f), "BODY HEAD URI LATE EARLY");
	assert_null(f->hits->shortcircuit_type);
	rules_load(f, SHORT "shortcircuit BODY on\n");
	rules_match(f, MAIL("five http://www.example.com"));
	assert_string_equal(rules_hit_names(f), "BODY HEAD EARLY SHORTCIRCUIT");
	assert_str(f->hits->shortcircuit_rule, "BODY");
	assert_string_equal(f->hits->shortcircuit_type, "spam");
	rules_load(f, SHORT "shortcircuit BODY ham\nshortcircuit_ham_score -20\n");
	rules_match(f, MAIL("five http://www.example.com"));
	assert_string_equal(rules_hit_names(f), "BODY SHORTCIRCUIT");
	assert_int_equal(rules_hit(f, "SHORTCIRCUIT")->score, -20000);
	rules_match(f, MAIL("six"));
	assert_string_equal(rules_hit_names(f), "HEAD EARLY");
}

/* Metas have their turn with the last of their inputs, which metas pull forward; the first, too. */
static void test_shortcircuit_metas(void **state)
{
	static const struct {
		const char *rules, *hits;
	} cases[] = {
		{ "meta M A\npriority A -10\npriority B -5\nshortcircuit M on\n",
		  "A M SHORTCIRCUIT" },
		{ "meta M A\npriority M -10\npriority B -5\nshortcircuit M on\n",
		  "A M SHORTCIRCUIT" },
		{ "meta M N\nmeta N A\npriority M -10\npriority B -5\nshortcircuit M on\n",
		  "A M N SHORTCIRCUIT" },
		{ "meta M A\nmeta L B\npriority M -10\npriority L -20\nshortcircuit L on\n",
		  "B L SHORTCIRCUIT" },
		{ "meta L B\nmeta M A\npriority M -10\npriority L -20\nshortcircuit M on\n",
		  "A B L M SHORTCIRCUIT" },
		{ "meta M A && B\npriority A -10\npriority B -5\nbody C /five/\n"
		  "priority C -7\nshortcircuit M on\n",
		  "A B M C SHORTCIRCUIT" },
	};
	struct rules_fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[400];

		snprintf(text, sizeof(text),
		         "loadplugin Mail::SpamAssassin::Plugin::Shortcircuit\n"
		         "body A /five/\nbody B /five/\n%s",
		         cases[i].rules);
		rules_load(f, text);
		rules_match(f, MAIL("five"));
		if (strcmp(rules_hit_names(f), cases[i].hits) != 0)
			fail_msg("%s: %s", cases[i].rules, rules_hit_names(f));
	}
}

static void test_shortcircuit_limits(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, SHORT "priority BODY -10\nshortcircuit_max_spam_score 4.5\n");
	rules_match(f, MAIL("five http://www.example.com"));
	assert_string_equal(rules_hit_names(f), "BODY HEAD SHORTCIRCUIT");
	assert_string_equal(f->hits->shortcircuit_type, "spam");
	rules_load(f, "ifplugin Mail::SpamAssassin::Plugin::Shortcircuit\nbody A /a/\nendif\n"
	              "shortcircuit B spam\nshortcircuit_spam_score 50\n");
	assert_int_equal(f->set->ignored.len, 2);
	rules_load(f, "loadplugin Mail::SpamAssassin::Plugin::Shortcircuit\n"
	              "shortcircuit B maybe\nshortcircuit_spam_score x\n");
	assert_int_equal(f->problems.len, 2);
}

static void test_tiny_scores(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "body A /x/\nscore A 0.0001\nbody B /x/\nscore B 0.0\n"
	              "body C /x/\nscore C 0 -0.0001 0 0\n");
	rules_match(f, MAIL("x"));
	assert_string_equal(rules_hit_names(f), "A");
	assert_int_equal(rules_hit(f, "A")->score, 0);
	f->options.network_tests = true;
	rules_load(f, "body C /x/\nscore C 0 -0.0001 0 0\n");
	rules_match(f, MAIL("x"));
	assert_string_equal(rules_hit_names(f), "C");
}

static void test_dns(void **state)
{
	struct rules_fixture *f = *state;
	const struct site_dns *dns;

	rules_load(f, "dns_server 192.0.2.9\nclear_dns_servers\ndns_server [2001:db8::1]:5353\n"
	              "dns_server 192.0.2.1:54\ndns_server 192.0.2.2\ndns_server ::1\n"
	              "dns_options rotate, dns0x20 edns=2000\nrbl_timeout 15\n"
	              "rbl_timeout 3.5s 1 Slow.Example\nrbl_timeout 1m 30 slow.example\n"
	              "rbl_timeout 8 2\n");
	dns = &ruleset_site(f->set)->dns;
	assert_int_equal(f->problems.len, 0);
	assert_int_equal(dns->servers.len, 4);
	assert_true(str_eq(dns->servers.items[0], STR("2001:db8::1@5353")));
	assert_true(str_eq(dns->servers.items[1], STR("192.0.2.1@54")));
	assert_true(str_eq(dns->servers.items[2], STR("192.0.2.2")));
	assert_true(str_eq(dns->servers.items[3], STR("::1")));
	assert_true(dns->mixed_case);
	assert_int_equal(dns->edns_bytes, 2000);
	assert_int_equal(dns->waits.len, 2);
	assert_int_equal(dns->waits.items[0].most_ms, 8000);
	assert_int_equal(dns->waits.items[0].least_ms, 2000);
	assert_true(str_eq(dns->waits.items[1].zone, STR("slow.example")));
	assert_int_equal(dns->waits.items[1].most_ms, 60000);
	assert_int_equal(dns->waits.items[1].least_ms, 30000);
	rules_load(f, "dns_available no\ndns_options nodns0x20 noedns\nrbl_timeout 2.25\n");
	dns = &ruleset_site(f->set)->dns;
	assert_true(dns->off);
	assert_false(dns->mixed_case);
	assert_int_equal(dns->edns_bytes, 512);
	assert_int_equal(dns->waits.items[0].most_ms, 2250);
	assert_int_equal(dns->waits.items[0].least_ms, 450);
}

static void test_wrong_dns(void **state)
{
	struct rules_fixture *f = *state;
	static const char *const expected[] = {
		"1:1: \"ns.example\" is no DNS server; write an IP address, or ADDRESS@PORT",
		"2:13: 'twice' is no option here; there are rotate, dns0x20, edns=BYTES (from 512) and "
		"each with no in front",
		"3:23: write allow or deny in front of the domains",
		"4:28: 'b..example' is no domain",
		"5:13: write a time in seconds, up to 3600, then what it may shrink to, then maybe a "
		"zone",
		"6:13: write a time in seconds, up to 3600, then what it may shrink to, then maybe a "
		"zone",
		"7:15: 'a..b' is no zone",
	};

	rules_load(f, "dns_server ns.example\ndns_options twice\ndns_query_restriction never x.y\n"
	              "dns_query_restriction deny b..example\nrbl_timeout soon\nrbl_timeout 4000\n"
	              "rbl_timeout 1 a..b\n");
	assert_int_equal(f->problems.len, sizeof(expected) / sizeof(expected[0]));
	for (size_t i = 0; i < f->problems.len; i++)
		assert_string_equal(rules_problem(f, i), expected[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rules_test(test_redirector_pattern),
		rules_test(test_wrong_redirector_pattern),
		rules_test(test_slow_redirector_pattern),
		rules_test(test_domains),
		rules_test(test_networks),
		rules_test(test_networks_that_are_not_trusted),
		rules_test(test_fields_of_relays),
		rules_test(test_header_fields),
		rules_test(test_tiny_scores),
		rules_test(test_shortcircuit),
		rules_test(test_shortcircuit_metas),
		rules_test(test_shortcircuit_limits),
		rules_test(test_threshold_and_rewriting),
		rules_test(test_dns),
		rules_test(test_wrong_dns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
