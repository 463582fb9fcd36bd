/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who a message is shown to be from: the one author in From, where a DKIM signature or SPF says so
 * for his domain or one with the same registered domain (relaxed alignment, RFC 9989). Whatever
 * speaks for a sender rests on this, since anybody can write anything into From. Pure.
 */
#ifndef FACTS_IDENTITY_H
#define FACTS_IDENTITY_H

#include "facts/facts.h"

struct identity {
	struct str
		author; /* the address in From, lower case; empty where there isn't exactly one */
	struct str domain; /* of it */
	bool shown;        /* by one of these: */
	struct str signer; /* the domain of an aligned signature that holds for all of the text */
	struct str spf_domain; /* aligned, and SPF passes for it, not by a record that all pass */
};

/* In the arena; once the facts are complete. */
struct identity identity_of(struct arena *arena, const struct facts *facts);

/*
 * Who vouches for the author, as a name for a history: "dkim example.net", or, without a signature,
 * "spf example.net 192.0.2.0/24": the network of the client by these numbers of bits. Empty where
 * nobody does.
 */
struct str identity_voucher(struct arena *arena, const struct identity *identity,
                            const struct facts *facts, unsigned ipv4_bits, unsigned ipv6_bits);

#endif
