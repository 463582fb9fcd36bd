/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "base/memory.h"
#include "facts/dns_answer.h"

static struct dns_answer *answer_of(enum dns_type type, const char *rdata, size_t len)
{
	struct dns_rdata one = { (const unsigned char *)rdata, len, type };

	return dns_answer_new(DNS_OK, type, 60, &one, 1);
}

static void expect_record(enum dns_type type, const char *rdata, size_t len, const char *expected)
{
	struct dns_answer *answer = answer_of(type, rdata, len);
	struct arena *arena = arena_new();

	if (expected == NULL) {
		assert_int_equal(answer->status, DNS_FAILED);
		assert_int_equal(answer->count, 0);
		assert_int_equal(answer->expires_us, 0);
	} else {
		assert_int_equal(answer->status, DNS_OK);
		assert_int_equal(answer->count, 1);
		assert_str(dns_record_text(arena, &answer->records[0]), expected);
	}
	dns_answer_unpin(answer);
	arena_free(arena);
}

static void test_records(void **state)
{
	(void)state;
	expect_record(DNS_A, "\300\0\2\1", 4, "192.0.2.1");
	expect_record(DNS_A, "\300\0\2", 3, NULL);
	expect_record(DNS_AAAA, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16, "2001:db8::1");
	expect_record(DNS_AAAA, "\x20\x01", 2, NULL);
	expect_record(DNS_PTR, "\2Mx\7example\0", 12, "mx.example");
	expect_record(DNS_PTR, "\2mx\7example", 11, NULL);
	expect_record(DNS_PTR, "\2mx\77example\0", 12, NULL);
	expect_record(DNS_PTR, "\3m.x\0", 5, NULL);
	expect_record(DNS_PTR, "\300\14", 2, NULL);
	expect_record(DNS_PTR, "\0", 1, "");
	expect_record(DNS_PTR, "", 0, NULL);
	expect_record(DNS_MX, "\0\12\2mx\0", 6, "10 mx");
	expect_record(DNS_MX, "\0\0\0", 3, "0 ");
	expect_record(DNS_MX, "\0\0", 2, NULL);
	expect_record(DNS_TXT, "\3abc\0\2de", 8, "abcde");
	expect_record(DNS_TXT, "\0", 1, "");
	expect_record(DNS_TXT, "\4abc", 4, NULL);
}

static void test_malformed_is_left_out(void **state)
{
	const struct dns_rdata rdata[] = {
		{ (const unsigned char *)"\1\2\3", 3, DNS_A },
		{ (const unsigned char *)"\300\0\2\1", 4, DNS_A },
	};
	struct dns_answer *answer = dns_answer_new(DNS_OK, DNS_A, 60, rdata, 2);

	(void)state;
	assert_int_equal(answer->count, 1);
	assert_memory_equal(answer->records[0].data.data, "\300\0\2\1", 4);
	dns_answer_unpin(answer);
}

static int64_t seconds_left(enum dns_status status, unsigned ttl)
{
	struct dns_rdata one = { (const unsigned char *)"\300\0\2\1", 4, DNS_A };
	struct dns_answer *answer = dns_answer_new(status, DNS_A, ttl, &one, status == DNS_OK);
	int64_t left = answer->expires_us == 0
	                       ? 0
	                       : (answer->expires_us - clock_monotonic_us() + 999999) / 1000000;

	dns_answer_unpin(answer);
	return left;
}

static void test_expiry(void **state)
{
	(void)state;
	assert_int_equal(seconds_left(DNS_OK, 300), 300);
	assert_int_equal(seconds_left(DNS_OK, 0), 0);
	assert_int_equal(seconds_left(DNS_OK, 4000000000u), 86400);
	assert_int_equal(seconds_left(DNS_NXDOMAIN, 86400), 900);
	assert_int_equal(seconds_left(DNS_NODATA, 60), 60);
	assert_int_equal(seconds_left(DNS_TIMEOUT, 60), 0);
	assert_int_equal(seconds_left(DNS_FAILED, 60), 0);
}

static void test_names(void **state)
{
	static const char *const good[] = { "a", "a.b", "a.b.", "foo:bar/baz.example", "a b.c" };
	static const char *const bad[] = { "", ".", "..", "a..b", ".a", "a.." };
	char *labels = memory_alloc(300);
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(dns_name_valid(str_from(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(dns_name_valid(str_from(bad[i])));
	memset(labels, 'a', 300);
	assert_true(dns_name_valid((struct str){ labels, 63 }));
	assert_false(dns_name_valid((struct str){ labels, 64 }));
	for (size_t i = 50; i < 300; i += 51)
		labels[i] = '.';
	assert_true(dns_name_valid((struct str){ labels, 253 }));
	assert_false(dns_name_valid((struct str){ labels, 256 }));
	assert_str(dns_name_canonical(arena, STR("Mail.Example.COM.")), "mail.example.com");
	arena_free(arena);
	free(labels);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_malformed_is_left_out),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("dns_answer", tests, NULL, NULL);
}
