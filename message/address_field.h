/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Header fields that name addresses: From, To, Reply-To … (RFC 5322 section 3.4), read as rules
 * expect it, also where they are broken. Nothing fails; results live in `arena` or are slices of
 * the value.
 */
#ifndef MESSAGE_ADDRESS_FIELD_H
#define MESSAGE_ADDRESS_FIELD_H

#include "message/address_field_list.h"

/* Appends the entries of the value of an address field, read leniently, up to what is no entry. */
void address_field_read(struct arena *arena, struct str value, struct address_field_list *list);
/* The first address among them; empty where there is none. */
struct str address_field_first(struct arena *arena, struct str value);

/* Appends the addresses of such a field that have a domain, in lower case: of From, the authors. */
void address_field_authors(struct arena *arena, struct str value, struct str_list *authors);

/* What follows the last "@" of an address; empty where there is none. */
struct str address_field_domain(struct str address);

#endif
