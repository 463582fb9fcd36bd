/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "message/uri.h"

static int setup(void **state)
{
	*state = arena_new();
	return 0;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void test_registered_domain(void **state)
{
	assert_str(uri_registered_domain(*state, STR("www.Mail.Example.co.uk")), "example.co.uk");
	assert_str(uri_registered_domain(*state, STR("example.com.")), "example.com");
	assert_str(uri_registered_domain(*state, STR("com")), "");
	assert_str(uri_registered_domain(*state, STR("co.uk")), "");
	assert_str(uri_registered_domain(*state, STR("192.0.2.1")), "");
	assert_str(uri_registered_domain(*state, STR("2001:db8::1")), "");
	assert_str(uri_registered_domain(*state, STR("")), "");
	assert_str(uri_registered_domain(*state, STR("a.b.xn--p1ai")), "b.xn--p1ai");
}

static void test_known_tld(void **state)
{
	(void)state;
	assert_true(uri_tld_in(NULL, STR("a.com")));
	assert_true(uri_tld_in(NULL, STR("a.COM")));
	assert_true(uri_tld_in(NULL, STR("a.xn--p1ai")));
	assert_true(uri_tld_in(NULL, STR("a.ck")));
	assert_true(uri_tld_in(NULL, STR("a.co.za")));
	assert_false(uri_tld_in(NULL, STR("com")));
	assert_false(uri_tld_in(NULL, STR("a.")));
	assert_false(uri_tld_in(NULL, STR("readme.txt")));
	assert_false(uri_tld_in(NULL, STR("H.M")));
	assert_false(uri_tld_in(NULL, STR("a.c\0m")));
}

static void test_to_ascii(void **state)
{
	assert_str(uri_host_to_ascii(*state, STR("Example.COM")), "example.com");
	assert_str(uri_host_to_ascii(*state, STR("b\xC3\xBC"
	                                         "cher.example")),
	           "xn--bcher-kva.example");
	assert_str(uri_host_to_ascii(*state, STR("a\xE3\x80\x82"
	                                         "com")),
	           "a.com");
	assert_str(uri_host_to_ascii(*state, STR("a\xE2\x80\xA4"
	                                         "b\xEF\xB9\x92"
	                                         "c\xEF\xBC\x8E"
	                                         "d\xEF\xBD\xA1"
	                                         "com")),
	           "a.b.c.d.com");
	assert_false(uri_is_dot(0x2025) || uri_is_dot(0xB7) || uri_is_dot(','));
	assert_str(uri_host_to_ascii(*state, STR("b\xC2\xA0.com")), "b\xC2\xA0.com");
	/* not UTF-8, or not allowed: as it is */
	assert_str(uri_host_to_ascii(*state, STR("A\xFF.com")), "a\xFF.com");
	assert_str(uri_host_to_ascii(*state, STR("")), "");
}

static void test_host_names(void **state)
{
	struct str wrong[] = { STR_INIT("a"),         STR_INIT("a..b"),  STR_INIT("-a.b"),
		               STR_INIT("a-.b"),      STR_INIT("a b.c"), STR_INIT("a_b.c"),
		               STR_INIT("x.a.b_"),    STR_INIT(""),      STR_INIT("."),
		               STR_INIT("a.\xC3\xBC") };
	char longest[300];

	(void)state;
	assert_true(uri_is_host_name(STR("a.b")));
	assert_true(uri_is_host_name(STR("_x.a-1.b..")));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(uri_is_host_name(wrong[i]));
	memset(longest, 'a', sizeof(longest));
	for (size_t i = 1; i < sizeof(longest); i += 2)
		longest[i] = '.';
	assert_true(uri_is_host_name((struct str){ longest, 253 }));
	assert_false(uri_is_host_name((struct str){ longest, 255 }));
	memset(longest, 'a', sizeof(longest));
	longest[64] = '.';
	assert_false(uri_is_host_name((struct str){ longest, 66 }));
	assert_true(uri_is_host_name((struct str){ longest + 1, 65 }));
}

static void test_ip_addresses(void **state)
{
	(void)state;
	assert_true(uri_is_ip_address(STR("192.0.2.1")));
	assert_true(uri_is_ip_address(STR("2001:db8::1")));
	assert_false(uri_is_ip_address(STR("192.0.2")));
	assert_false(uri_is_ip_address(STR("192.0.2.256")));
	assert_false(uri_is_ip_address(STR("1.2.3.4\0")));
	assert_false(uri_is_ip_address(STR("")));
}

static void add_name(struct arena *arena, const struct map **map, const char *name)
{
	struct map *names = *map != NULL ? (struct map *)*map : map_new(arena, MAP_EXACT);

	map_set(names, str_from(name), arena);
	*map = names;
}

static void test_more_domains(void **state)
{
	struct uri_domains domains = { 0 };

	add_name(*state, &domains.two_level, "host.example");
	add_name(*state, &domains.three_level, "a.host.example");
	assert_str(uri_domain_in(*state, &domains, STR("x.y.Host.example")), "y.host.example");
	assert_str(uri_domain_in(*state, &domains, STR("x.y.a.host.example")), "y.a.host.example");
	assert_str(uri_domain_in(*state, &domains, STR("host.example")), "");
	assert_str(uri_domain_in(*state, &domains, STR("www.b.co.uk")), "b.co.uk");
	assert_true(uri_tld_in(&domains, STR("a.com")));
}

static void test_other_domains(void **state)
{
	struct uri_domains domains = { 0 };

	add_name(*state, &domains.top_level, "uk");
	add_name(*state, &domains.top_level, "us");
	add_name(*state, &domains.two_level, "co.uk");
	assert_str(uri_domain_in(*state, &domains, STR("www.b.co.uk")), "b.co.uk");
	assert_str(uri_domain_in(*state, &domains, STR("www.b.org.uk")), "org.uk");
	assert_str(uri_domain_in(*state, &domains, STR("x.fire.ci.reno.nv.us")),
	           "fire.ci.reno.nv.us");
	assert_str(uri_domain_in(*state, &domains, STR("www.reno.nv.us")), "www.reno.nv.us");
	assert_str(uri_domain_in(*state, &domains, STR("uk")), "");
	assert_false(uri_tld_in(&domains, STR("a.com")));
	assert_true(uri_tld_in(&domains, STR("a.UK")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_registered_domain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_more_domains, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_domains, setup, teardown),
		cmocka_unit_test(test_known_tld),
		cmocka_unit_test_setup_teardown(test_to_ascii, setup, teardown),
		cmocka_unit_test(test_host_names),
		cmocka_unit_test(test_ip_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
