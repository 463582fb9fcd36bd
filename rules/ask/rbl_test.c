/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ask/rbl.h"

#include "facts/dns_list.h"

/* "127.0.0.2" in a TXT record is an address, too. */
static bool address_of(struct str text, struct str octets, struct ip_address *address_r,
                       uint32_t *number_r)
{
	if (octets.len == 4) {
		*number_r = dns_subtest_address(octets);
		return true;
	}
	if (!ip_parse(text, address_r) || !ip_is_v4(address_r))
		return false;
	*number_r = dns_subtest_address((struct str){ (const char *)address_r->bytes + 12, 4 });
	return true;
}

bool rbl_test_passes(const struct rbl_test *test, struct pattern_matcher *matcher, struct str text,
                     struct str octets)
{
	struct pattern_span span;
	struct ip_address address;
	uint32_t number;

	if (test->any)
		return true;
	if (test->pattern != NULL)
		return pattern_match(test->pattern, matcher, text, 0, &span) == PATTERN_MATCH;
	return address_of(text, octets, &address, &number) &&
	       dns_subtest_matches(&test->numbers, number);
}

/* Answers among which all those are that lists are known to give, but few others. */
struct sample {
	unsigned char second, third;
};

static bool passes_any(const struct rbl_test *test, struct pattern_matcher *matcher,
                       struct str zone, const struct sample *samples, size_t count, bool listings)
{
	struct arena *arena = arena_new();
	bool passes = false;

	for (size_t i = 0; i < count * 256 && !passes; i++) {
		unsigned char octets[4] = { 127, samples[i / 256].second, samples[i / 256].third,
			                    (unsigned char)(i % 256) };
		struct str address = { (const char *)octets, 4 };

		if ((dns_list_meaning(zone, address) == DNS_LIST_LISTED) != listings)
			continue;
		passes = rbl_test_passes(
			test, matcher,
			arena_printf(arena, "127.%u.%u.%u", octets[1], octets[2], octets[3]),
			address);
	}
	arena_free(arena);
	return passes;
}

bool rbl_test_is_about_notices(const struct rbl_test *test, struct str zone)
{
	static const struct sample samples[] = { { 0, 0 },  { 255, 255 }, { 0, 1 },   { 0, 2 },
		                                 { 0, 10 }, { 1, 1 },     { 255, 0 }, { 2, 255 } };
	/* In 127.255.255.0/24 nearly all bits are set. */
	size_t count = test->pattern == NULL && test->numbers.kind == DNS_SUBTEST_BITS
	                       ? 1
	                       : sizeof(samples) / sizeof(samples[0]);
	struct pattern_matcher *matcher;
	bool about;

	if (test->any)
		return false;
	matcher = pattern_matcher_new(0);
	about = passes_any(test, matcher, zone, samples, count, false) &&
	        !passes_any(test, matcher, zone, samples, count, true);
	pattern_matcher_free(matcher);
	return about;
}
