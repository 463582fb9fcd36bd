/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "facts/networks.h"

static struct arena *arena;

static int start(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void test_addresses(void **state)
{
	static const struct {
		const char *text;
		const char *canonical; /* NULL: none */
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "[192.0.2.1]", "192.0.2.1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "2001:DB8:0:0::1", "2001:db8::1" },
		{ "[IPv6:2001:db8::1]", "2001:db8::1" },
		{ "fe80::1%eth0", "fe80::1" },
		{ "", NULL },
		{ "[]", NULL },
		{ "192.0.2", NULL },
		{ "192.0.2.256", NULL },
		{ "192.0.2.1.5", NULL },
		{ "192.0.2.01", NULL },
		{ "192.0.2.1 ", NULL },
		{ "2001:db8", NULL },
		{ "::1::", NULL },
		{ "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", NULL },
		{ "example.com", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ip_address address;
		bool is_ip = ip_parse(str_from(cases[i].text), &address);

		if (is_ip != (cases[i].canonical != NULL))
			fail_msg("%s: %d", cases[i].text, is_ip);
		if (is_ip)
			assert_str(ip_text(arena, &address), cases[i].canonical);
	}
	assert_false(ip_parse(STR("::1\0"), &(struct ip_address){ 0 }));
}

static void test_private(void **state)
{
	static const char *const yes[] = { "10.1.2.3",   "127.0.0.1",       "169.254.1.1",
		                           "172.16.0.1", "172.31.255.255",  "192.168.1.1",
		                           "100.64.0.1", "100.127.255.255", "::1",
		                           "fe80::1",    "febf::1",         "::ffff:10.1.1.1" };
	static const char *const no[] = { "11.0.0.1",    "128.0.0.1",  "172.15.0.1",  "172.32.0.1",
		                          "192.167.1.1", "100.63.0.1", "100.128.0.1", "::2",
		                          "::",          "fec0::1",    "2001:db8::1", "8.8.8.8" };
	struct ip_address address;

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		assert_true(ip_parse(str_from(yes[i]), &address) && ip_is_private(&address));
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_true(ip_parse(str_from(no[i]), &address) && !ip_is_private(&address));
}

static struct network_list parse(const char *text)
{
	struct network_list list = { 0 };
	struct error error;

	if (!networks_parse(arena, str_from(text), &list, &error))
		fail_msg("%s: %s", text, error.text);
	return list;
}

static void test_match(void **state)
{
	static const struct {
		const char *networks;
		const char *in;
		const char *out;
	} cases[] = {
		{ "10.0.0.0/8", "10.255.1.2", "11.0.0.1" },
		{ "10.", "10.255.1.2", "11.0.0.1" },
		{ "10", "10.255.1.2", "11.0.0.1" },
		{ "192.168", "192.168.9.9", "192.169.0.1" },
		{ "192.0.2.", "192.0.2.200", "192.0.3.1" },
		{ "192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2" },
		{ "192.0.2.0/255.255.255.128", "192.0.2.127", "192.0.2.128" },
		{ "192.0.2.77/29", "192.0.2.79", "192.0.2.80" },
		{ "0/0", "8.8.8.8", "2001:db8::1" },
		{ "::/0", "8.8.8.8", "none" },
		{ "2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1" },
		{ "[2001:db8::1]", "2001:db8::1", "2001:db8::2" },
		{ "2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1" },
		/* The narrowest network decides, wherever it stands. */
		{ "10.0.0.0/8 !10.1.0.0/16", "10.2.0.1", "10.1.0.1" },
		{ "!10.1.0.0/16,10.0.0.0/8", "10.2.0.1", "10.1.0.1" },
		{ "10/8 !10.1/16 10.1.2/24", "10.1.2.3", "10.1.3.3" },
		{ "192.0.2.1,  198.51.100.1\t203.0.113.1", "203.0.113.1", "203.0.113.2" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct network_list list = parse(cases[i].networks);

		if (!networks_match_text(&list, str_from(cases[i].in)))
			fail_msg("%s is not in %s", cases[i].in, cases[i].networks);
		if (networks_match_text(&list, str_from(cases[i].out)))
			fail_msg("%s is in %s", cases[i].out, cases[i].networks);
	}
	assert_false(networks_match_text(NULL, STR("192.0.2.1")));
	assert_int_equal(parse("").len, 0);
}

static void test_errors(void **state)
{
	static const char *const wrong[] = {
		"example.com", "192.0.2.0/33",   "192.0.2.0/",
		"192.0.2.0/x", "2001:db8::/129", "10.0.0.0/255.0.255.0",
		"300.1.1.1",   "1.2.3.4.5",      "!",
		"/8",          "10..1",          "2001:db8::/",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct network_list list = { 0 };
		struct error error = { "" };

		if (networks_parse(arena, str_from(wrong[i]), &list, &error))
			fail_msg("accepted: %s", wrong[i]);
		assert_non_null(strstr(error.text, wrong[i]));
	}
}

static void test_reversed(void **state)
{
	static const char *const cases[][2] = {
		{ "192.0.2.1", "1.2.0.192" },
		{ "::ffff:10.20.30.255", "255.30.20.10" },
		{ "2001:db8::25",
		  "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2" },
		{ "ABCD:ef01:2345:6789:0:0:0:1",
		  "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9.8.7.6.5.4.3.2.1.0.f.e.d.c.b.a" },
	};
	struct arena *work = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ip_address address;

		assert_true(ip_parse(str_from(cases[i][0]), &address));
		assert_str(ip_reversed(work, &address), cases[i][1]);
	}
	arena_free(work);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reversed), cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_private),  cmocka_unit_test(test_match),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
