/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An SPF result in words: as a sentence for people, as Received-SPF (RFC 7208 section 9.1), and as
 * the part of Authentication-Results (RFC 8601) that speaks of it. What a stranger wrote is quoted
 * or replaced, so that no field or line can be forged. Pure functions; results in the arena.
 */
#ifndef FACTS_SPF_HEADER_H
#define FACTS_SPF_HEADER_H

#include "facts/spf.h"

/* "example.com designates 192.0.2.1 as permitted sender": one line of printable ASCII. */
struct str spf_sentence(struct arena *arena, const struct spf_outcome *outcome,
                        struct str client_ip);

/*
 * The value of a Received-SPF field, folded with "\n ", for the MAIL FROM identity. Domains are
 * A-labels, here and below. `utf8`: the header may hold UTF-8 (RFC 6532), else local parts that do
 * are left out.
 */
struct str spf_received_value(struct arena *arena, const struct spf_result *result, bool utf8);

/* "spf=pass (sentence) smtp.mailfrom=user@example.com", in one line; smtp.helo where the sender
 * was empty. */
struct str spf_auth_clause(struct arena *arena, const struct spf_result *result, bool utf8);

/*
 * Reads a Received-SPF value that this host wrote (receiver=`host`) back. Lookups are not in it.
 * NULL where it is another's, or can't be read.
 */
const struct spf_result *spf_received_read(struct arena *arena, struct str value, struct str host);

/*
 * Reads a Received-SPF value that any host wrote for MAIL FROM, as far as it can be read: as
 * SpamAssassin does, by its first word, if no other identity is named. NULL where it has no result.
 */
const struct spf_result *spf_received_read_any(struct arena *arena, struct str value);

/*
 * The hosts for which a Received-SPF value, by whomever, claims to speak: its receiver= as far as
 * it can be read. Appends them.
 */
void spf_received_receivers(struct arena *arena, struct str value, struct str_list *receivers);

#endif
