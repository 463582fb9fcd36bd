/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which of the addresses that a list answers a rule is about: "127.0.1.2", "127.0.1.20-127.0.1.39",
 * "127.0.1.0/255.255.255.0", "16". Plain values, pure functions.
 */
#ifndef FACTS_DNS_SUBTEST_H
#define FACTS_DNS_SUBTEST_H

#include "base/str.h"

enum dns_subtest_kind {
	DNS_SUBTEST_RANGE, /* first to second; of a single address, both the same */
	DNS_SUBTEST_MASK,  /* the bits of second are as in first */
	DNS_SUBTEST_BITS,  /* any of the bits of first, within 127.0.0.0/8 */
};

struct dns_subtest {
	enum dns_subtest_kind kind;
	uint32_t first, second; /* 127.0.0.2 is 0x7F000002 */
};

/* M, N1-N2 or N/M, each a decimal number, one such as 0x10, or an address. A number alone is bits,
 * an address alone itself. */
bool dns_subtest_parse(struct str text, struct dns_subtest *subtest_r);
bool dns_subtest_matches(const struct dns_subtest *subtest, uint32_t address);
/* Is no address in 127.0.0.0/8, where lists have theirs, among those that match? */
bool dns_subtest_is_outside_lists(const struct dns_subtest *subtest);

/* The four octets of an A record as a number. */
uint32_t dns_subtest_address(struct str octets);

#endif
