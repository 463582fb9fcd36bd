/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <unistd.h>

#include "facts/dns_cache.h"

static struct dns_answer *new_answer(unsigned ttl)
{
	struct dns_rdata one = { (const unsigned char *)"\300\0\2\1", 4, DNS_A };

	return dns_answer_new(DNS_OK, DNS_A, ttl, &one, 1);
}

static void put(struct dns_cache *cache, const char *name, unsigned ttl)
{
	struct dns_answer *answer = new_answer(ttl);

	dns_cache_put(cache, str_from(name), DNS_A, answer);
	dns_answer_unpin(answer);
}

static bool has(struct dns_cache *cache, const char *name, enum dns_type type)
{
	struct dns_answer *answer = dns_cache_get(cache, str_from(name), type);

	dns_answer_unpin(answer);
	return answer != NULL;
}

static void test_get(void **state)
{
	struct dns_cache *cache = dns_cache_new(1 << 20);

	(void)state;
	put(cache, "a.example", 60);
	put(cache, "a.example", 60);
	put(cache, "zero.example", 0);
	assert_true(has(cache, "a.example", DNS_A));
	assert_false(has(cache, "a.example", DNS_AAAA));
	assert_false(has(cache, "a.exampl", DNS_A));
	assert_false(has(cache, "zero.example", DNS_A));
	dns_cache_free(cache);
}

static void test_expires(void **state)
{
	struct dns_cache *cache = dns_cache_new(1 << 20);

	(void)state;
	put(cache, "a.example", 1);
	assert_true(has(cache, "a.example", DNS_A));
	usleep(1050000);
	assert_false(has(cache, "a.example", DNS_A));
	assert_int_equal(dns_cache_bytes(cache), 0);
	dns_cache_free(cache);
}

static void test_pin_outlives_cache(void **state)
{
	struct dns_cache *cache = dns_cache_new(1 << 20);
	struct dns_answer *answer;

	(void)state;
	put(cache, "a.example", 60);
	answer = dns_cache_get(cache, STR("a.example"), DNS_A);
	dns_cache_free(cache);
	assert_int_equal(answer->count, 1);
	dns_answer_unpin(answer);
}

static void test_bounded(void **state)
{
	struct dns_cache *cache = dns_cache_new(10000);
	char name[32];

	(void)state;
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "n%d.example", i);
		put(cache, name, 60);
		/* What is used stays. */
		if (i > 0)
			assert_true(has(cache, "n0.example", DNS_A));
		assert_true(dns_cache_bytes(cache) <= 10000);
	}
	assert_true(has(cache, "n4999.example", DNS_A));
	assert_false(has(cache, "n1.example", DNS_A));
	dns_cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_expires),
		cmocka_unit_test(test_pin_outlives_cache),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests_name("dns_cache", tests, NULL, NULL);
}
