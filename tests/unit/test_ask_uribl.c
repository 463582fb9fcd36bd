/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules that ask lists for the hosts of URIs: what is asked for, and which answers make them hit.
 */
#include "tests/unit/ask_fixture.h"

/* A rule NAME of the statement, with flags. */
#define LIST(name, statement, zone_and_test, flags)                                                \
	statement " " name " " zone_and_test "\nbody " name " eval:check_uridnsbl('" name          \
		  "')\ntflags " name " net " flags "\n"

static void test_hosts(void **state)
{
	static const struct fake_record records[] = {
		{ "bad.com.bl.example", DNS_A, "127.0.0.2" },
		{ "www.bad.com.bl.example", DNS_A, "127.0.0.4" },
		{ "7.100.51.198.bl.example", DNS_A, "127.0.0.8" },
		{ NULL, DNS_A, NULL },
	};
	struct rules_fixture *f = *state;
	const char *asked;

	ask_load(f, LIST("TWO", "urirhssub", "Bl.Example. A 127.0.0.2",
	                 "") LIST("FOUR", "urirhssub", "bl.example A 4", "notrim")
	                    LIST("EIGHT", "urirhssub", "bl.example a 8", "ips_only")
	                            LIST("NAME", "urirhsbl", "bl.example A", "domains_only")
	                                    LIST("NONE", "urirhssub", "bl.example A 16", ""));
	assert_int_equal(f->problems.len, 0);
	assert_string_equal(
		ask(f, records, MAIL "http://www.bad.com/ http://198.51.100.7/\n", &asked),
		"TWO FOUR EIGHT NAME");
	assert_string_equal(asked, "bad.com.bl.example A, www.bad.com.bl.example A, "
	                           "7.100.51.198.bl.example A");
	assert_string_equal(arena_cstr(f->arena, rules_hit(f, "FOUR")->matched), "www.bad.com");
	/* each domain once, however many hosts it has; addresses of private networks never */
	assert_string_equal(ask(f, records,
	                        MAIL "http://a.good.com/ http://10.0.0.1/ http://127.0.0.2/\n"
	                             "http://b.good.com/ http://[2001:db8::1]/\n",
	                        &asked),
	                    "");
	assert_string_equal(asked, "good.com.bl.example A, a.good.com.bl.example A, "
	                           "b.good.com.bl.example A");
}

static void test_answers(void **state)
{
	static const struct fake_record records[] = {
		{ "a.com.bl.example", DNS_A, "10.0.0.2" },
		{ "a.com.multi.surbl.org", DNS_A, "127.0.0.1" },
		{ "b.com.bl.example", DNS_A, "127.255.255.254" },
		{ "b.com.multi.surbl.org", DNS_A, "127.0.0.8" },
		{ "c.com.bl.example", DNS_TXT, "listed" },
		{ "d.com.bl.example", DNS_A, "127.0.0.2" },
		{ "d.com.bl.example", DNS_A, "127.0.0.20" },
		{ NULL, DNS_A, NULL },
	};
	static const char rules[] = LIST("ANY", "urirhsbl", "bl.example A",
	                                 "") LIST("TEXT", "urirhsbl", "bl.example TXT", "")
		LIST("SAYS", "urirhssub", "bl.example TXT listed", "") LIST("NUMBER", "urirhssub",
	                                                                    "bl.example TXT 1", "")
			LIST("RANGE", "urirhssub", "bl.example A 127.0.0.16-127.0.0.31",
	                     "") LIST("STOPPED", "urirhssub", "multi.surbl.org A 1", "")
				LIST("LISTED", "urirhssub", "multi.surbl.org A 8", "")
					LIST("REFUSED", "urirhssub",
	                                     "bl.example A 127.255.255.250-127.255.255.255",
	                                     "") LIST("BOTH", "urirhssub",
	                                              "multi.surbl.org A 127.0.0.1-127.0.0.8", "")
						LIST("WIDE", "urirhssub",
	                                             "bl.example A 127.0.0.30-127.255.255.255", "");
	struct rules_fixture *f = *state;
	const char *asked;

	ask_load(f, rules);
	assert_string_equal(rules_problem(f, 0),
	                    "7:31: 'listed' is no test of an answer; write an address, two with - "
	                    "or / between them, or a number for its bits");
	/* made up on the way; a notice, which only a rule about notices is about */
	assert_string_equal(ask(f, records, MAIL "http://a.com/\n", &asked), "STOPPED");
	/* what lists said so far suspends them for as long as a rule set names them */
	ask_load(f, rules);
	assert_string_equal(ask(f, records, MAIL "http://b.com/\n", &asked), "LISTED REFUSED BOTH");
	ask_load(f, rules);
	assert_string_equal(ask(f, records, MAIL "http://c.com/\n", &asked), "TEXT");
	ask_load(f, rules);
	assert_string_equal(ask(f, records, MAIL "http://d.com/\n", &asked), "ANY RANGE");
}

#define SERVERS                                                                                    \
	{ "bad.com", DNS_NS, "ns1.host.net" }, { "bad.com", DNS_NS, "NS2.host.net" },              \
		{ "ns1.host.net", DNS_A, "203.0.113.53" },                                         \
		{ "ns2.host.net", DNS_A, "203.0.113.54" },                                         \
	{                                                                                          \
		"www.bad.com", DNS_A, "203.0.113.60"                                               \
	}

static void test_servers(void **state)
{
	static const struct fake_record records[] = {
		SERVERS,
		{ "54.113.0.203.ns.example", DNS_A, "127.0.0.2" },
		{ "60.113.0.203.a.example", DNS_A, "127.0.0.2" },
		{ "host.net.dom.example", DNS_A, "127.0.0.2" },
		{ "ns1.host.net.full.example", DNS_A, "127.0.0.2" },
		{ NULL, DNS_A, NULL },
	};
	static const struct {
		const char *rule;
		const char *hits, *asked;
	} cases[] = {
		/* without a flag, and with ns: addresses of the servers */
		{ LIST("A", "uridnssub", "ns.example A 127.0.0.2", ""), "A",
		  "bad.com NS, ns1.host.net A, ns2.host.net A, 53.113.0.203.ns.example A, "
		  "54.113.0.203.ns.example A" },
		{ LIST("A", "uridnsbl", "ns.example A", "ns"), "A",
		  "bad.com NS, ns1.host.net A, ns2.host.net A, 53.113.0.203.ns.example A, "
		  "54.113.0.203.ns.example A" },
		{ LIST("A", "uridnssub", "a.example A 127.0.0.2", ""), "",
		  "bad.com NS, ns1.host.net A, ns2.host.net A, 53.113.0.203.a.example A, "
		  "54.113.0.203.a.example A" },
		{ LIST("A", "uridnssub", "a.example A 127.0.0.2", "a"), "A",
		  "www.bad.com A, 60.113.0.203.a.example A" },
		{ LIST("A", "uridnssub", "ns.example A 127.0.0.2", "a"), "",
		  "www.bad.com A, 60.113.0.203.ns.example A" },
		{ LIST("A", "uridnssub", "ns.example A 127.0.0.2", "a ns"), "A",
		  "bad.com NS, www.bad.com A, ns1.host.net A, ns2.host.net A, "
		  "60.113.0.203.ns.example A, 53.113.0.203.ns.example A, "
		  "54.113.0.203.ns.example A" },
		/* names of the servers: their addresses are of no use */
		{ LIST("A", "urinsrhsbl", "dom.example A", ""), "A",
		  "bad.com NS, host.net.dom.example A" },
		{ LIST("A", "urinsrhssub", "full.example A 2", ""), "",
		  "bad.com NS, host.net.full.example A" },
		{ LIST("A", "urifullnsrhssub", "full.example A 2", ""), "A",
		  "bad.com NS, ns1.host.net.full.example A, ns2.host.net.full.example A" },
		{ LIST("A", "urifullnsrhsbl", "dom.example A", ""), "",
		  "bad.com NS, ns1.host.net.dom.example A, ns2.host.net.dom.example A" },
	};
	struct rules_fixture *f = *state;
	const char *asked;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s", cases[i].rule);
		ask_load(f, cases[i].rule);
		assert_int_equal(f->problems.len, 0);
		assert_string_equal(ask(f, records, MAIL "http://www.bad.com/\n", &asked),
		                    cases[i].hits);
		assert_string_equal(asked, cases[i].asked);
	}
	assert_string_equal(ask(f, records, MAIL "http://198.51.100.7/\n", &asked), "");
	assert_string_equal(asked, "");
}

#define RULE LIST("A", "urirhsbl", "bl.example A", "")

static size_t count_asked(const char *asked)
{
	size_t count = 0;

	for (const char *at = asked; at != NULL; at = strstr(at + 1, ", "))
		count++;
	return count;
}

/* A domain whose servers are many, and have many addresses, costs no more than this. */
static void test_many_servers(void **state)
{
	static struct fake_record records[2001];
	struct rules_fixture *f = *state;
	const char *asked;
	size_t n = 0;

	for (; n < 1000; n++) {
		struct str server = arena_printf(f->arena, "ns%zu.host.net", n);
		struct str address = arena_printf(f->arena, "203.0.113.%zu", n % 250);

		records[2 * n] = (struct fake_record){ "bad.com", DNS_NS, server.data };
		records[2 * n + 1] = (struct fake_record){ "ns0.host.net", DNS_A, address.data };
	}
	records[2 * n].name = NULL;
	ask_load(f, LIST("A", "uridnsbl", "ns.example A", ""));
	ask(f, records, MAIL "http://www.bad.com/\n", &asked);
	assert_in_range(count_asked(asked), 20, 60);
}

/* Nor do many such domains; but the hosts of a message are as many as the rule files say. */
static void test_many_hosts(void **state)
{
	static struct fake_record records[20 * 16 * 5 + 1];
	static const struct fake_record none[] = { { NULL, DNS_A, NULL } };
	struct rules_fixture *f = *state;
	struct strbuf mail;
	const char *asked;
	size_t n = 0;

	strbuf_init(&mail, f->arena);
	strbuf_add(&mail, STR(MAIL));
	for (int i = 0; i < 20; i++) {
		const char *domain = arena_printf(f->arena, "bad%d.com", i).data;

		strbuf_printf(&mail, "http://%s/\n", domain);
		for (int k = 0; k < 16; k++) {
			const char *server = arena_printf(f->arena, "ns%d.host%d.net", k, i).data;

			records[n++] = (struct fake_record){ domain, DNS_NS, server };
			for (int j = 0; j < 4; j++)
				records[n++] = (struct fake_record){
					server, DNS_A,
					arena_printf(f->arena, "203.%d.%d.%d", i, k, j).data
				};
		}
	}
	strbuf_add_char(&mail, '\0');
	ask_load(f, LIST("A", "uridnsbl", "ns.example A", ""));
	ask(f, records, mail.data, &asked);
	assert_in_range(count_asked(asked), 300, 1000);

	mail.len = 0;
	strbuf_add(&mail, STR(MAIL));
	for (int i = 0; i < 700; i++)
		strbuf_printf(&mail, "http://a.host%d.com/\n", i);
	strbuf_add_char(&mail, '\0');
	ask_load(f, RULE "uridnsbl_max_domains 1000\n");
	ask(f, none, mail.data, &asked);
	assert_int_equal(count_asked(asked), 700);
}

static void test_settings(void **state)
{
	static const struct fake_record records[] = { { NULL, DNS_A, NULL } };
	struct rules_fixture *f = *state;
	const char *asked;

	ask_load(f, RULE "uridnsbl_skip_domain bad.com other.com\n"
	                 "clear_uridnsbl_skip_domain OTHER.com\nutil_rb_2tld host.com\n");
	ask(f, records,
	    MAIL "http://bad.com/ http://x.other.com/ http://a.b.host.com/ joe@mail.com\n", &asked);
	assert_string_equal(asked, "other.com.bl.example A, b.host.com.bl.example A");
	ask_load(f, RULE "uridnsbl_skip_domain bad.com\nclear_uridnsbl_skip_domain\n"
	                 "uridnsbl_skip_mailto 0\n");
	ask(f, records, MAIL "http://bad.com/ joe@mail.com\n", &asked);
	assert_string_equal(asked, "mail.com.bl.example A, bad.com.bl.example A");
	ask_load(f, RULE "uridnsbl_max_domains 1\n");
	ask(f, records, HTML "<img src='http://img.com/'><a href='http://bad.com/'>x</a>\n",
	    &asked);
	assert_string_equal(asked, "bad.com.bl.example A");
	ask_load(f, RULE "score A 0\n");
	ask(f, records, MAIL "http://bad.com/\n", &asked);
	assert_string_equal(asked, "");
	ask_load(f, RULE "skip_uribl_checks 1\n");
	ask(f, records, MAIL "http://bad.com/\n", &asked);
	assert_string_equal(asked, "");
	ask_load(f, LIST("__A", "urirhsbl", "bl.example A", ""));
	ask(f, records, MAIL "http://bad.com/\n", &asked);
	assert_string_equal(asked, "");
	ask_load(f, LIST("__A", "urirhsbl", "bl.example A", "") "meta B __A\n");
	ask(f, records, MAIL "http://bad.com/\n", &asked);
	assert_string_equal(asked, "bad.com.bl.example A");
	assert_int_equal(f->problems.len, 0);
#define SIGNED "DKIM-Signature: v=1; d=sign.com\n"
	ask_load(f, RULE);
	ask(f, records, SIGNED MAIL "x\n", &asked);
	assert_string_equal(asked, "sign.com.bl.example A");
	ask_load(f, RULE "parse_dkim_uris 0\n");
	ask(f, records, SIGNED MAIL "x\n", &asked);
	assert_string_equal(asked, "");
}

/* Other lists can be asked for what these would be asked for. */
static void test_tags(void **state)
{
	static const struct fake_record records[] = { { NULL, DNS_A, NULL } };
	struct rules_fixture *f = *state;
	const char *asked;

	ask_load(f, "askdns A _URIDOMAINS_.dom.example A\nuridnsbl_skip_domain other.com\n");
	ask(f, records, MAIL "http://www.bad.com/ http://www.other.com/\n", &asked);
	assert_string_equal(asked, "bad.com.dom.example A");
	ask_load(f, "header A eval:check_hashbl_tag('host.example', 'raw', 'URIHOSTS')\n");
	ask(f, records, MAIL "http://www.bad.com/ http://a.bad.com/\n", &asked);
	assert_string_equal(asked, "www.bad.com.host.example A, a.bad.com.host.example A");
	ask_load(f, "askdns A _URIDOMAINS_.dom.example A\nskip_uribl_checks 1\n");
	ask(f, records, MAIL "http://www.bad.com/\n", &asked);
	assert_string_equal(asked, "");
}

static void test_wrong_statements(void **state)
{
	static const struct ask_problem cases[] = {
		{ "urirhsbl\n", "1:9: the rule's name is missing" },
		{ "urirhsbl A\n", "1:11: the list's zone is missing" },
		{ "urirhsbl A bl.example\n", "1:22: A or TXT is missing" },
		{ "urirhsbl A bl.example MX\n",
		  "1:23: 'MX' is nothing that lists are asked for; A and TXT are" },
		{ "urirhsbl A bl..example A\n",
		  "1:12: 'bl..example' is no domain; write the list's zone, such as "
		  "dbl.example.org" },
		{ "urirhsbl A bl\x7f.example A\n",
		  "1:12: 'bl?.example' is no domain; write the list's zone, such as "
		  "dbl.example.org" },
		{ "urirhsbl A-B bl.example A\n", "1:10: 'A-B' is no name of a rule" },
		{ "urirhsbl A bl.example A 2\n", "1:25: nothing belongs here" },
		{ "urirhssub A bl.example A\n", "1:25: what the answer must be is missing" },
		{ "urirhssub A bl.example A 1 2\n", "1:28: nothing belongs here" },
		{ "body A eval:check_uridnsbl('A')\n",
		  "1:13: no list is named for it; a statement such as 'urirhssub A ZONE A "
		  "127.0.0.2' does; correct it, rule A is off" },
		{ "uridnsbl_max_domains x\n", "1:22: write a number of domains" },
		{ "uridnsbl_skip_mailto yes\n", "1:22: 'yes' is neither 0 nor 1" },
		{ "uridnsbl_skip_domain\n", "1:21: a domain is missing here" },
	};
	ask_check_problems(*state, cases, sizeof(cases) / sizeof(cases[0]));
}

/* An ordinary rule, where the network is not to be asked. */
static void test_no_network(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, RULE);
	assert_int_equal(f->problems.len, 0);
	assert_string_equal(((struct rule *)map_get(f->set->by_name, STR("A")))->off,
	                    RULE_OFF_BY_NET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_hosts, rules_set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_answers, rules_set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_servers, rules_set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_many_servers, rules_set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_many_hosts, rules_set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_settings, rules_set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_tags, rules_set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_wrong_statements, rules_set_up,
		                                rules_tear_down),
		cmocka_unit_test_setup_teardown(test_no_network, rules_set_up, rules_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
