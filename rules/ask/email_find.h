/* SPDX-License-Identifier: GPL-3.0-or-later */
/* E-mail addresses in running text, as lists of addresses want them. Pure functions; slices of the
 * text, lists in the arena. Linear in the text. */
#ifndef RULES_ASK_EMAIL_FIND_H
#define RULES_ASK_EMAIL_FIND_H

#include "message/uri.h"

/*
 * The next address at or after *at: a dotted local part of at most 64 characters, up to four
 * labels and a top-level domain that exists. Moves *at past it; false where there is none.
 */
bool email_find_next(const struct uri_domains *domains, struct str text, size_t *at,
                     struct str *address_r);

/* Is the address, a slice of the text, in angle brackets, or quoted as in "joe@example.org wrote:"?
 * Not after "mailto:". */
bool email_find_is_quoted(struct str text, struct str address);

/* Does a local part as of a desk and not of a person come before the '@', or one made for a single
 * message? They are not worth asking for. */
bool email_find_is_common(struct str address);

/* The text without the web addresses that have an address in them. */
struct str email_find_drop_uris(struct arena *arena, struct str text);

#endif
