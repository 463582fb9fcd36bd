/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The names of scopes: "" for the site, "example.com", "joe@example.com". Pure.
 */
#ifndef STORE_LESSONS_SCOPE_H
#define STORE_LESSONS_SCOPE_H

#include "message/envelope.h"
#include "store/lessons.h"

/*
 * The scope of a domain or address: in lower case, the domain as A-labels, the address without its
 * extension (after one of `delimiters`). In the arena; false where it is neither.
 */
bool lessons_scope_name(struct arena *arena, struct str recipient, struct str delimiters,
                        struct str *name_r);
/* "example.com" of "joe@example.com"; empty of a domain. */
struct str lessons_scope_domain(struct str name);

/* For people: "site" where it is that. */
const char *lessons_scope_shown(const char *scope);

#endif
