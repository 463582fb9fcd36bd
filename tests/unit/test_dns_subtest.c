/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "facts/dns_subtest.h"

static uint32_t quad(unsigned a, unsigned b, unsigned c, unsigned d)
{
	return a << 24 | b << 16 | c << 8 | d;
}

static void test_matches(void **state)
{
	static const struct {
		const char *text;
		unsigned address[4];
		bool matches;
	} cases[] = {
		{ "127.0.0.2", { 127, 0, 0, 2 }, true },
		{ "127.0.0.2", { 127, 0, 0, 3 }, false },
		{ "127.0.0.2", { 127, 0, 0, 6 }, false },
		{ "127.0.1.20-127.0.1.39", { 127, 0, 1, 19 }, false },
		{ "127.0.1.20-127.0.1.39", { 127, 0, 1, 20 }, true },
		{ "127.0.1.20-127.0.1.39", { 127, 0, 1, 39 }, true },
		{ "127.0.1.20-127.0.1.39", { 127, 0, 1, 40 }, false },
		{ "127.0.1.39-127.0.1.20", { 127, 0, 1, 30 }, false },
		{ "127.0.1.0/255.255.255.0", { 127, 0, 1, 77 }, true },
		{ "127.0.1.0/255.255.255.0", { 127, 0, 2, 77 }, false },
		{ "0.0.0.16/0.0.0.16", { 127, 0, 0, 24 }, true },
		{ "0.0.0.16/0.0.0.16", { 127, 0, 0, 8 }, false },
		{ "0x10/0x10", { 127, 0, 0, 16 }, true },
		{ "255/16", { 127, 0, 0, 16 }, true },
		{ "0/16", { 127, 0, 0, 16 }, false },
		{ "0/16", { 127, 0, 0, 15 }, true },
		{ "16", { 127, 0, 0, 16 }, true },
		{ "16", { 127, 0, 0, 48 }, true },
		{ "6", { 127, 0, 0, 2 }, true },
		{ "16", { 127, 0, 0, 15 }, false },
		{ "16", { 10, 0, 0, 16 }, false },
		{ "0x10", { 127, 0, 0, 16 }, true },
		{ "0XfF", { 127, 0, 0, 1 }, true },
		{ "16-0x20", { 0, 0, 0, 17 }, true },
		{ "2130706434-2130706434", { 127, 0, 0, 2 }, true },
		{ "0x7f000002-127.0.0.3", { 127, 0, 0, 3 }, true },
		{ "0x80000000", { 127, 0, 0, 1 }, false },
		{ "0.0.0.4", { 127, 0, 0, 4 }, false },
		{ "0", { 127, 0, 0, 1 }, false },
	};
	struct dns_subtest subtest;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const unsigned *a = cases[i].address;

		print_message("%s, %u.%u.%u.%u\n", cases[i].text, a[0], a[1], a[2], a[3]);
		assert_true(dns_subtest_parse(str_from(cases[i].text), &subtest));
		assert_int_equal(dns_subtest_matches(&subtest, quad(a[0], a[1], a[2], a[3])),
		                 cases[i].matches);
	}
}

static void test_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"-",
		"/",
		"1-",
		"-1",
		"1/",
		"x",
		"0x",
		"0x123456789",
		"0xg",
		"1-2-3",
		"1/2/3",
		"127.0.0",
		"127.0.0.256",
		"127.0.0.1.2",
		"127.0..1",
		"127.0.0.1-",
		"4294967296",
		" 1",
		"1 ",
		"0127.0.0.1",
		"1,2",
		"127.0.0.2 127.0.0.3",
	};
	struct dns_subtest subtest;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		print_message("'%s'\n", texts[i]);
		assert_false(dns_subtest_parse(str_from(texts[i]), &subtest));
	}
	assert_true(dns_subtest_parse(STR("4294967295"), &subtest));
	assert_int_equal(subtest.first, UINT32_MAX);
}

static void test_outside_lists(void **state)
{
	static const struct {
		const char *text;
		bool outside;
	} cases[] = {
		{ "127.0.0.2", false },
		{ "255.255.255.0", true },
		{ "10.0.0.1", true },
		{ "10.0.0.1-10.255.0.0", true },
		{ "10.0.0.1-127.0.0.0", false },
		{ "127.255.255.255-128.0.0.0", false },
		{ "128.0.0.0-255.0.0.0", true },
		{ "0.0.0.0-255.255.255.255", false },
		{ "255.0.255.0/0xFF00FFFF", true },
		{ "0xFFFFFF00/0xFFFFFFFF", true },
		{ "0.0.0.255/0.0.0.255", false },
		{ "128.0.0.0/128.0.0.0", true },
		{ "64.0.0.0/64.0.0.0", false },
		{ "0x80000000", false }, /* bits are those of 127.0.0.0/8 */
	};
	struct dns_subtest subtest;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("'%s'\n", cases[i].text);
		assert_true(dns_subtest_parse(str_from(cases[i].text), &subtest));
		assert_int_equal(dns_subtest_is_outside_lists(&subtest), cases[i].outside);
	}
}

static void test_address(void **state)
{
	(void)state;
	assert_int_equal(dns_subtest_address(STR("\x7F\0\1\xFE")), 0x7F0001FE);
	assert_int_equal(dns_subtest_address(STR("\x7F\0\1")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_outside_lists),
		cmocka_unit_test(test_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
