/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lists of IP networks, as trusted_networks gives them. A list is part of a policy
 * and never changed once it has been read; any number of threads may look addresses up in it.
 */
#ifndef FACTS_NETWORKS_H
#define FACTS_NETWORKS_H

#include "base/error.h"
#include "base/vec.h"
#include "facts/ip_address.h"

struct network {
	struct ip_address address;
	unsigned prefix; /* 0 to 128 bits of it count */
	bool excluded;   /* "!": not in the list, although a wider network is */
};

struct network_list {
	vec_members(struct network);
};

/*
 * Appends the networks of a list separated by white space or commas: "10.0.0.0/8 192.168.
 * 2001:db8::/32 !10.1.2.3 127.0.0.1". Short forms of IPv4 end in a dot or have less than four
 * numbers; bits after the prefix may be set and are ignored. False where any is wrong: the sentence
 * tells of all that are, and the others were appended.
 */
bool networks_parse(struct arena *arena, struct str text, struct network_list *networks,
                    struct error *err_r);

/* Whether one of them is larger than any that has one owner, an IPv4 /8 or an IPv6 /7 (RFC 4193),
 * as those with every address are. */
bool networks_hold_strangers(const struct network_list *networks);

/* Whether the narrowest network of the list with this address has no "!". NULL lists have none. */
bool networks_match(const struct network_list *networks, const struct ip_address *address);
/* Whether all of a network is in the list, by the same rule. */
bool networks_hold(const struct network_list *networks, const struct network *network);
/* The same for text; false where that is no address. */
bool networks_match_text(const struct network_list *networks, struct str address);

#endif
