/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "scoring/settings.h"

static struct arena *arena;
static struct settings settings;
static struct problems problems;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	problems_init(&problems, arena);
	settings_init(&settings, arena);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void start_anew(void **state)
{
	tear_down(state);
	set_up(state);
}

static bool parse(const char *text)
{
	return settings_parse(&settings, arena, str_from(text), "t.conf", &problems);
}

/* The problem number `i` begins with its place and holds the words. */
static void assert_problem(size_t i, const char *place, const char *words)
{
	assert_true(i < problems.len);
	if (!str_starts(problems.items[i].text, str_from(place)) ||
	    str_find(problems.items[i].text, str_from(words)) < 0)
		fail_msg("\"%.*s\" should begin with \"%s\" and hold \"%s\"",
		         STR_FMT(problems.items[i].text), place, words);
}

static void test_defaults(void **state)
{
	(void)state;
	assert_int_equal(settings.required_score, 5000);
	assert_int_equal(settings.forward_discard_score, 6000);
	assert_str(settings.subject_tag, "[SPAM] ");
	assert_true(settings.rewrite_subject);
	assert_int_equal(settings.max_message_size, 10 * 1024 * 1024);
	assert_int_equal(settings.scan_timeout, 30000);
	assert_int_equal(settings.listen.len, 1);
	assert_int_equal(settings.socket_mode, 0660);
	assert_int_equal(settings.authenticated_clients, CLIENT_POLICY_SCORE);
	assert_int_equal(settings.rules.len, 1);
}

/* A threshold knows the line that set it, also where a section inherits it. */
static void test_origins_of_thresholds(void **state)
{
	struct recipient_settings domain, joe, other;

	start_anew(state);
	assert_null(settings_for_recipient(&settings, STR("a@b.example")).required_score_from);
	assert_true(parse("hostname h.example\nrequired_score 4\n[recipient joe@example.com]\n"
	                  "enabled no\n[recipient example.com, example.org]\n"
	                  "required_score 7\n[destination aol.example]\nobserve\n"
	                  "forward_discard_score 9\n[destination *.example]\nobserve\n"));
	joe = settings_for_recipient(&settings, STR("joe@example.com"));
	domain = settings_for_recipient(&settings, STR("a@example.org"));
	other = settings_for_recipient(&settings, STR("a@example.net"));
	assert_string_equal(settings.required_score_from, "t.conf:2");
	assert_string_equal(other.required_score_from, "t.conf:2");
	assert_string_equal(domain.required_score_from, "t.conf:6");
	assert_string_equal(joe.required_score_from, "t.conf:6");
	assert_string_equal(
		settings_for_destination(&settings, STR("aol.example")).forward_discard_score_from,
		"t.conf:9");
	assert_null(
		settings_for_destination(&settings, STR("b.example")).forward_discard_score_from);
	/* What rule files say is only for those who have nothing of their own. */
	settings_set_required_score(&settings, 3000, "10_rules.cf:1");
	assert_string_equal(
		settings_for_recipient(&settings, STR("a@example.org")).required_score_from,
		"t.conf:6");
	assert_string_equal(
		settings_for_recipient(&settings, STR("a@example.net")).required_score_from,
		"10_rules.cf:1");
}

static void test_values(void **state)
{
	(void)state;
	assert_true(parse("listen unix:/a\nlisten inet:1@h\n"
	                  "required_score 4.75\nscan_timeout 500ms\nrecords_keep 2d\n"
	                  "max_message_size 1M\nsocket_mode 0600\nrewrite_subject no\n"
	                  "hosted_domains example.com, example.net example.org\n"
	                  "trusted_clients skip\nmatch_limit 5000\n"
	                  "rules /a\nrules /b c\nlog syslog\n"
	                  "trusted_networks 192.0.2.0/24, 2001:db8::/32\n"));
	assert_int_equal(settings.listen.len, 2);
	assert_str(settings.listen.items[1], "inet:1@h");
	assert_int_equal(settings.required_score, 4750);
	assert_int_equal(settings.scan_timeout, 500);
	assert_int_equal(settings.records_keep, 2 * 86400000LL);
	assert_int_equal(settings.max_message_size, 1024 * 1024);
	assert_int_equal(settings.socket_mode, 0600);
	assert_false(settings.rewrite_subject);
	assert_int_equal(settings.hosted_domains.len, 3);
	assert_int_equal(settings.trusted_clients, CLIENT_POLICY_SKIP);
	assert_int_equal(settings.rules.len, 2);
	assert_str(settings.rules.items[1], "/b c");
	assert_int_equal(settings.log, LOG_TO_SYSLOG);
	assert_true(networks_match_text(settings.trusted_networks, STR("192.0.2.77")));
	assert_false(networks_match_text(settings.trusted_networks, STR("192.0.3.77")));
}

static void test_every_mistake_is_told(void **state)
{
	(void)state;
	assert_false(parse("requird_score 5\n"
	                   "required_score five\n"
	                   "required_score 5\n"
	                   "required_score\n"
	                   "rewrite_subject maybe\n"
	                   "required_score = 5\n"
	                   "trusted_clients scor\n"
	                   "trusted_networks 300.1.1.1\n"
	                   "keep yes\n"
	                   "scan_timeout 5x\n"
	                   "scan_timeout 1ms\n"
	                   "support_url https://x/%z\n"
	                   "zzz 1\n"
	                   "[recipient example.com]\n"
	                   "listen unix:/x\n"
	                   "[recipients example.com]\n"
	                   "[destination joe@aol.com]\n"
	                   "[recipient]\n"));
	assert_int_equal(problems.errors, 17);
	assert_problem(0, "t.conf:1:1: ", "did you mean \"required_score\"?");
	assert_problem(1,
	               "t.conf:2:16: ", "\"five\" is no value for required_score; write a number");
	assert_problem(2, "t.conf:3:1: ", "twice, first in line 2");
	assert_problem(3, "t.conf:4:", "has no value");
	assert_problem(4, "t.conf:5:17: ", "yes or no");
	assert_problem(5, "t.conf:6:16: ", "\"=\" is not used");
	assert_problem(6, "t.conf:7:17: ", "did you mean \"score\"?");
	assert_problem(7, "t.conf:8:18: ", "300.1.1.1");
	assert_problem(8, "t.conf:9:1: ", "[destination NAME]");
	assert_problem(9, "t.conf:10:14: ", "from 100ms to 5m");
	assert_problem(10, "t.conf:11:", "scan_timeout");
	assert_problem(11, "t.conf:12:13: ", "%z");
	assert_problem(12, "t.conf:13:1: ", "assay.conf(5)");
	assert_problem(13, "t.conf:15:1: ", "above the first");
	assert_problem(14, "t.conf:16:1: ", "did you mean [recipient]?");
	assert_problem(15, "t.conf:18:1: ", "names nothing");
	assert_problem(16, "t.conf:17:14: ", "is an address");
}

/* Each is well formed, and can't be meant. */
static void test_values_that_cannot_be_meant(void **state)
{
	static const struct {
		const char *conf, *place, *words;
	} wrong[] = {
		{ "forward_discard_score -6", "t.conf:1:23: ", "good mail scores about 0" },
		{ "[destination a.example]\nforward_discard_score -1",
		  "t.conf:1:1: ", "good mail" },
		{ "forward_discard_score 0", "t.conf:1:23: ", "good mail scores about 0" },
		{ "trusted_networks 10.0.0.0/8, 0.0.0.0/0", "t.conf:1:18: ", "than anybody owns" },
		{ "trusted_networks 0.0.0.0/1 128.0.0.0/1", "t.conf:1:18: ", "than anybody owns" },
		{ "trusted_networks 0.0.0.0/0 !192.0.2.1", "t.conf:1:18: ", "than anybody owns" },
		{ "trusted_networks ::ffff:0:0/64", "t.conf:1:18: ", "than anybody owns" },
		{ "internal_networks ::/0", "t.conf:1:19: ", "than anybody owns" },
		{ "internal_networks 2000::/3", "t.conf:1:19: ", "than anybody owns" },
		{ "[destination a..example]", "t.conf:1:14: ", "no domain" },
		{ "[recipient *@a.example]", "t.conf:1:12: ", "[recipient example.com]" },
		{ "[recipient joe@a..example]", "t.conf:1:12: ", "no domain" },
		{ "hostname mx 1", "t.conf:1:10: ", "no name of a host" },
		{ "hostname mx1(a)", "t.conf:1:10: ", "no name of a host" },
		{ "authserv_id mx;1", "t.conf:1:13: ", "no name of a host" },
		{ "socket_mode 0", "t.conf:1:13: ", "lets nobody connect" },
		{ "socket_mode 444", "t.conf:1:13: ", "socket_mode 0444" },
		{ "[destination http://a.example]", "t.conf:1:14: ", "no domain" },
		{ "[destination a.example:25]", "t.conf:1:14: ", "no domain" },
		{ "[recipient mailto:joe@a.example/b]", "t.conf:1:12: ", "no domain" },
		{ "trusted_networks 10.0.0.0/8 first 192.168. second",
		  "t.conf:1:18: ", "\"second\"" },
		{ "dns_timeout 5", "t.conf:1:13: ", "with its unit" },
		{ "dns_timeout 61s", "t.conf:1:13: ", "from 100ms to 1m" },
		{ "max_message_size 5", "t.conf:1:18: ", "from 1K to 1G" },
		{ "learn_weights 262145", "t.conf:1:15: ", "a power of 2, such as 2^18 or 262144" },
		{ "learn_weights 2^21", "t.conf:1:15: ", "from 2^14 to 2^20" },
		{ "learn_weights 8192", "t.conf:1:15: ", "from 2^14 to 2^20" },
		{ "learn_weights 2^", "t.conf:1:15: ", "a power of 2" },
		{ "learn_weights 2^64", "t.conf:1:15: ", "a power of 2" },
		{ "learn_weights -2^18", "t.conf:1:15: ", "a power of 2" },
		{ "learn_weights 0", "t.conf:1:15: ", "a power of 2" },
		{ "learn_weights 256K", "t.conf:1:15: ", "a power of 2" },
		{ "learn_weights 18446744073709551616", "t.conf:1:15: ", "a power of 2" },
		{ "discarded_copies 7d", "t.conf:1:18: ", "such as 7d 1G" },
		{ "discarded_copies 1G 7d", "t.conf:1:18: ", "0, or a time from 1h" },
		{ "discarded_copies 59m 1G", "t.conf:1:18: ", "from 1h to 3660d" },
		{ "discarded_copies 7d 1000K", "t.conf:1:18: ", "a size from 1M on" },
		{ "discarded_copies 7d 1G 2", "t.conf:1:18: ", "such as 7d 1G" },
		{ "discarded_copies 0 0", "t.conf:1:18: ", "0, or a time" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		start_anew(state);
		assert_false(parse(wrong[i].conf));
		assert_int_equal(problems.errors, 1);
		assert_problem(0, wrong[i].place, wrong[i].words);
	}
}

static void test_what_is_kept(void **state)
{
	start_anew(state);
	assert_true(parse("discarded_copies 7d  1G\n"));
	assert_int_equal(settings.discarded_copies.age_ms, INT64_C(7) * 86400000);
	assert_int_equal(settings.discarded_copies.bytes, 1 << 30);
	start_anew(state);
	assert_true(parse("discarded_copies 0\n"));
	assert_int_equal(settings.discarded_copies.age_ms, 0);
	start_anew(state);
	assert_true(parse(""));
	assert_int_equal(settings.discarded_copies.age_ms, 0);
}

static void test_powers(void **state)
{
	static const struct {
		const char *conf;
		int64_t weights;
	} cases[] = {
		{ "", 1 << 18 },
		{ "learn_weights 2^20", 1 << 20 },
		{ "learn_weights 1048576", 1 << 20 },
		{ "learn_weights 2^14", 1 << 14 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start_anew(state);
		assert_true(parse(cases[i].conf));
		assert_int_equal(settings.learn_weights, cases[i].weights);
	}
}

static void test_values_at_odds_are_warned_of(void **state)
{
	(void)state;
	assert_true(parse("required_score 6.5"));
	assert_int_equal(problems.len, 1);
	start_anew(state);
	assert_true(parse("required_score -0.1\n[recipient a.example]\nrequired_score -1"));
	assert_problem(0, "t.conf:1:16: ", "required_score -0.1: good mail");
	assert_problem(1, "t.conf:2:1: ", "required_score -1: good mail");
	start_anew(state);
	assert_true(parse("required_score 0"));
	assert_problem(0, "t.conf:1:16: ", "required_score 0: good mail");
	start_anew(state);
	assert_true(parse("trusted_networks 10.0.0.0/8 fc00::/7 !0.0.0.0/0\n"
	                  "hostname mx_1-a.ex\303\244mple\nsocket_mode 0200"));
	assert_int_equal(problems.len, 0);
	start_anew(state);
	assert_true(parse("srs_hash_length 5\nsrs_hash_min 6"));
	assert_problem(0, "t.conf:2:14: ", "at most 5");
	start_anew(state);
	assert_true(parse("required_score 4\n[destination a.example]\nforward_discard_score 3.9"));
	assert_int_equal(problems.len, 1);
	assert_problem(0, "t.conf:2:1: ", "not even spam");
	start_anew(state);
	assert_true(parse("[destination a.example]\nforward_discard_score 1\nkeep yes"));
	assert_int_equal(problems.len, 0);
}

/* Whoever writes no quotes means a tag before the Subject, not one that sticks to it. */
static void test_a_blank_follows_the_tag(void **state)
{
	(void)state;
	assert_true(parse("subject_tag [SPAM]\n[recipient a.example]\nsubject_tag \"Junk:\""));
	assert_str(settings.subject_tag, "[SPAM] ");
	assert_str(settings.recipients.items[0].subject_tag, "Junk:");
	assert_true(parse("subject_tag"));
	assert_str(settings.subject_tag, "");
}

static void test_dns_servers(void **state)
{
	(void)state;
	assert_true(parse("dns_server 127.0.0.1, ::1@5353\ndns_server 192.0.2.1\n"));
	assert_int_equal(settings.dns_server.len, 3);
	assert_str(settings.dns_server.items[1], "::1@5353");
	assert_int_equal(settings.spf_timeout, 20000);
	assert_false(parse("dns_server localhost\n"));
	assert_problem(0, "t.conf:1:12: ", "\"localhost\" is no DNS server");
}

static void test_dns_zones(void **state)
{
	(void)state;
	assert_true(parse("dns_zone rbl.example 127.0.0.1@5300 ::1\ndns_zone a.example 192.0.2.1\n"
	                  "dns_wait 3s\n"));
	assert_int_equal(settings.dns_zone.len, 2);
	assert_str(settings.dns_zone.items[0], "rbl.example 127.0.0.1@5300 ::1");
	assert_int_equal(settings.dns_wait, 3000);
	assert_false(parse("dns_zone rbl.example localhost\n"));
	assert_problem(0, "t.conf:1:10: ", "\"localhost\" is no DNS server");
	assert_false(parse("dns_zone rbl..example 127.0.0.1\n"));
	assert_problem(1, "t.conf:1:10: ", "names no zone");
	assert_false(parse("dns_zone rbl.example\n"));
	assert_problem(2, "t.conf:1:10: ", "who is to be asked for rbl.example?");
}

static void test_recipients_inherit(void **state)
{
	struct recipient_settings own;

	(void)state;
	assert_true(parse("required_score 4\n"
	                  "[recipient joe@example.com]\nsubject_tag \"[JUNK] \"\n"
	                  "[recipient example.com example.net]\nrequired_score 7\n"
	                  "[recipient off@example.com]\nenabled no\n"));
	own = settings_for_recipient(&settings, STR("JOE@Example.com"));
	assert_int_equal(own.required_score, 7000);
	assert_str(own.subject_tag, "[JUNK] ");
	own = settings_for_recipient(&settings, STR("joe+lists@example.com"));
	assert_str(own.subject_tag, "[JUNK] ");
	own = settings_for_recipient(&settings, STR("anna@example.net"));
	assert_int_equal(own.required_score, 7000);
	assert_str(own.subject_tag, "[SPAM] ");
	assert_true(own.enabled);
	assert_false(settings_for_recipient(&settings, STR("off@example.com")).enabled);
	own = settings_for_recipient(&settings, STR("x@other.example"));
	assert_int_equal(own.required_score, 4000);
}

static void test_destinations(void **state)
{
	struct destination_settings own;

	(void)state;
	assert_true(parse("[destination *]\nkeep\n"
	                  "[destination aol.com, yahoo.com]\nforward_discard_score 5.5\n"
	                  "[destination *.aol.com]\nforward_discard_score 9\n"
	                  "[destination both.example]\nforward_discard_score keep\n"
	                  "[destination dry.example *.dry.example]\nobserve\n"
	                  "[destination wet.dry.example]\nobserve no\n"
	                  "[destination b\xc3\xbc"
	                  "cher.example *.Other.Example]\nobserve\n"));
	assert_true(settings_for_destination(&settings, STR("xn--bcher-kva.example")).observe);
	assert_true(settings_for_destination(&settings, STR("a.other.example")).observe);
	assert_true(settings_for_destination(&settings, STR("dry.example")).observe);
	assert_true(settings_for_destination(&settings, STR("a.dry.example")).observe);
	assert_false(settings_for_destination(&settings, STR("wet.dry.example")).observe);
	assert_true(settings_for_destination(&settings, STR("both.example")).keep);
	own = settings_for_destination(&settings, STR("aol.com"));
	assert_int_equal(own.forward_discard_score, 5500);
	assert_false(own.keep);
	own = settings_for_destination(&settings, STR("yahoo.com"));
	assert_int_equal(own.forward_discard_score, 5500);
	own = settings_for_destination(&settings, STR("mail.aol.com"));
	assert_int_equal(own.forward_discard_score, 9000);
	assert_true(settings_for_destination(&settings, STR("gmail.com")).keep);
	assert_false(parse("[destination a.example]\nkeep\nobserve\n"));
}

static void test_sections_given_twice(void **state)
{
	(void)state;
	assert_false(
		parse("[recipient a.example]\nenabled no\n[recipient A.example]\nenabled yes\n"));
	assert_problem(0, "t.conf:3:1: ", "given twice, first in line 1");
}

static void test_roles(void **state)
{
	(void)state;
	assert_true(parse("[daemon FORWARD]\nrole forward\n"));
	assert_int_equal(settings_role(&settings, STR("FORWARD")), ROLE_FORWARD);
	assert_int_equal(settings_role(&settings, STR("MTA")), ROLE_FRONT);
	assert_int_equal(settings_role(&settings, STR("")), ROLE_FRONT);
}

static void test_places(void **state)
{
	const struct source_position *at;

	(void)state;
	assert_true(parse("store sqlite:/x\nlisten unix:/a\nlisten  unix:/b\n"));
	at = settings_place(&settings, "listen", settings.listen.items[1]);
	assert_non_null(at);
	assert_int_equal(at->line, 3);
	assert_int_equal(at->column, 9);
	assert_null(settings_place(&settings, "user", settings.user));
	assert_false(parse("service_name caf\xe9\n"));
	assert_problem(0, "t.conf:1:17: ", "UTF-8");
}

#define SETTINGS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SETTINGS_TEST(test_defaults),
		SETTINGS_TEST(test_values),
		SETTINGS_TEST(test_origins_of_thresholds),
		SETTINGS_TEST(test_every_mistake_is_told),
		SETTINGS_TEST(test_values_that_cannot_be_meant),
		SETTINGS_TEST(test_what_is_kept),
		SETTINGS_TEST(test_powers),
		SETTINGS_TEST(test_values_at_odds_are_warned_of),
		SETTINGS_TEST(test_a_blank_follows_the_tag),
		SETTINGS_TEST(test_dns_servers),
		SETTINGS_TEST(test_dns_zones),
		SETTINGS_TEST(test_recipients_inherit),
		SETTINGS_TEST(test_destinations),
		SETTINGS_TEST(test_sections_given_twice),
		SETTINGS_TEST(test_roles),
		SETTINGS_TEST(test_places),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
