/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records of all types, and packets with several. The texts are those of Net::DNS where it writes
 * one line. */
#include "tests/unit/unit.h"

#include <string.h>

#include "facts/dns_answer.h"

#define OCTETS_MAX 512

/* Octets from hexadecimal digits. */
static struct dns_rdata octets_of(struct arena *arena, const char *hex)
{
	size_t len = strlen(hex) / 2;
	unsigned char *octets = arena_alloc(arena, len + 1);

	for (size_t i = 0; i < len; i++)
		octets[i] = (unsigned char)(char_hex_value(hex[2 * i]) * 16 +
		                            char_hex_value(hex[2 * i + 1]));
	return (struct dns_rdata){ octets, len, 0 };
}

static const struct {
	const char *type, *hex, *text;
} records[] = {
	{ "A", "c0000201", "192.0.2.1" },
	{ "AAAA", "20010db8000000000000000000000001", "2001:db8::1" },
	{ "NS", "036e7331074578616d706c6503636f6d00", "ns1.example.com." },
	{ "CNAME", "0161016200", "a.b." },
	{ "DNAME", "0161016200", "a.b." },
	{ "PTR", "00", "." },
	{ "MX", "000a026d7800", "10 mx." },
	{ "SOA",
	  "026e73000a686f73746d617374657200"
	  "78a3f17500000e1000000258000151800000012c",
	  "ns. hostmaster. 2024010101 3600 600 86400 300" },
	{ "TXT", "036120620163", "a bc" },
	{ "SPF", "0b763d73706631202d616c6c", "v=spf1 -all" },
	{ "SRV", "0000000513c40373697000", "0 5 5060 sip." },
	{ "NAPTR", "0064000a0175074532552b7369700000", "100 10 u E2U+sip \"\" ." },
	{ "HINFO", "08504320496e74656c054c696e7578", "\"PC Intel\" Linux" },
	{ "MINFO", "01720001650a6578616d706c65636f6d00", "r. e.examplecom." },
	{ "RP", "01720000", "r. ." },
	{ "KX", "000a026b7800", "10 kx." },
	{ "GPOS", "022d33023131023130", "-3 11 10" },
	{ "CAA", "0005697373756565", "0 issue e" },
	{ "CAA", "00056973737565", "0 issue \"\"" },
	{ "TLSA", "0301010123ef", "3 1 1 0123ef" },
	{ "SSHFP", "0402ff", "4 2 ff" },
	{ "URI", "000a000168747470733a2f2f6578225c81", "10 1 https://ex\\034\\092\\129" },
	{ "CERT", "000300000068656c6c6f20776f726c64", "3 0 0 aGVsbG8gd29ybGQ=" },
	{ "DHCID", "616263", "YWJj" },
	{ "OPENPGPKEY", "61626364", "YWJjZA==" },
	{ "LOC", "00ff", "\\# 2 00ff" },
	{ "HIP", "", "\\# 0 " },
};

static void test_texts(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		struct dns_rdata rdata = octets_of(arena, records[i].hex);
		struct dns_answer *answer;
		enum dns_type type;

		assert_true(dns_type_find(str_from(records[i].type), &type));
		assert_string_equal(dns_type_name(type), records[i].type);
		answer = dns_answer_new(DNS_OK, type, 60, &rdata, 1);
		assert_int_equal(answer->status, DNS_OK);
		assert_int_equal(answer->rcode, 0);
		assert_str(dns_record_zone_text(arena, &answer->records[0]), records[i].text);
		dns_answer_unpin(answer);
	}
	arena_free(arena);
}

/* What is cut off, or has an octet too many, is no record of a type whose layout is known. */
static void test_malformed(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		struct dns_rdata whole = octets_of(arena, records[i].hex);
		enum dns_type type = 0;
		const char *layout;

		dns_type_find(str_from(records[i].type), &type);
		layout = dns_type_layout(type);
		if (layout == NULL || strpbrk(layout, "Stxb") != NULL)
			continue;
		assert_true(dns_rdata_valid(type, whole));
		for (size_t len = 0; len < whole.len; len++)
			assert_false(
				dns_rdata_valid(type, (struct dns_rdata){ whole.data, len, 0 }));
		assert_false(
			dns_rdata_valid(type, (struct dns_rdata){ whole.data, whole.len + 1, 0 }));
	}
	assert_false(dns_rdata_valid(DNS_CAA, octets_of(arena, "00056973")));
	assert_false(dns_rdata_valid(DNS_TXT, octets_of(arena, "0261")));
	arena_free(arena);
}

static void test_names_of_types(void **state)
{
	enum dns_type type;

	(void)state;
	assert_true(dns_type_find(STR("aaaa"), &type));
	assert_int_equal(type, DNS_AAAA);
	assert_true(dns_type_find(STR("ANY"), &type));
	assert_int_equal(type, DNS_ANY);
	assert_false(dns_type_find(STR("TXTX"), &type));
	assert_string_equal(dns_type_name((enum dns_type)9999), "?");
}

static void expect_strings(const char *hex, const char *const *expected)
{
	struct arena *arena = arena_new();
	struct dns_rdata rdata = octets_of(arena, hex);
	struct dns_answer *answer = dns_answer_new(DNS_OK, DNS_TXT, 60, &rdata, 1);
	struct str string;
	size_t at = 0;

	assert_int_equal(answer->count, 1);
	for (; *expected != NULL; expected++) {
		assert_true(dns_record_next_string(&answer->records[0], &at, &string));
		assert_str(string, *expected);
	}
	assert_false(dns_record_next_string(&answer->records[0], &at, &string));
	dns_answer_unpin(answer);
	arena_free(arena);
}

static void test_strings(void **state)
{
	(void)state;
	expect_strings("0461626364", (const char *[]){ "abcd", NULL });
	expect_strings("0131033139320232340000",
	               (const char *[]){ "1", "192", "24", "", "", NULL });
	expect_strings("00", (const char *[]){ "", NULL });
}

static void test_rcodes(void **state)
{
	static const struct {
		enum dns_status status;
		int rcode;
	} cases[] = { { DNS_NODATA, 0 },
		      { DNS_NXDOMAIN, 3 },
		      { DNS_FAILED, 2 },
		      { DNS_TIMEOUT, DNS_NO_RCODE },
		      { DNS_BAD_NAME, DNS_NO_RCODE } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dns_answer *answer = dns_answer_new(cases[i].status, DNS_A, 0, NULL, 0);

		assert_int_equal(answer->rcode, cases[i].rcode);
		dns_answer_unpin(answer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),          cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_names_of_types), cmocka_unit_test(test_strings),
		cmocka_unit_test(test_rcodes),
	};

	return cmocka_run_group_tests_name("dns_rdata", tests, NULL, NULL);
}
