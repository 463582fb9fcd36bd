/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Envelope addresses as keys: local part and domain taken apart, quotes removed, case folded. Pure
 * functions; thread-safe; results in the given arena or slices of the argument. Nothing can fail:
 * what is no address has an empty domain.
 */
#ifndef FORWARD_ADDRESS_H
#define FORWARD_ADDRESS_H

#include "base/arena.h"

/* Splits at the last "@". Without one, all is the local part and the domain is empty. */
void address_split(struct str address, struct str *local_r, struct str *domain_r);

/* A domain as a key: lower case, IDN as A-labels, no final dot. */
struct str address_fold_domain(struct arena *arena, struct str domain);

/* The domain of an address, in lower case without a final dot; empty where it has none. */
struct str address_domain(struct arena *arena, struct str address);

/* A local part without the quotes and backslashes of RFC 5321 section 4.1.2; case is kept. */
struct str address_unquote(struct arena *arena, struct str local);
/* The same in quotes where it needs them. */
struct str address_quote(struct arena *arena, struct str local);

/* The whole address as a key: "Joe Q"@Example.COM. gives joe q@example.com. */
struct str address_key(struct arena *arena, struct str address);

/*
 * NULL where every MTA takes the address, as a key or as what is looked up, for the one that
 * address_key() says. Else what it has that they read in their own ways: a route ("%", "!"), quotes
 * that need not be, capital letters beyond ASCII, a domain in U-labels …
 */
const char *address_doubt(struct arena *arena, struct str address);

/* True where `domain` can be one: labels of letters, digits, "-", "_" and UTF-8, or a literal. */
bool address_domain_valid(struct str domain);

#endif
