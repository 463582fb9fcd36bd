/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Relative references made absolute (RFC 3986 section 5.2). Nothing fails. */
#ifndef MESSAGE_URI_RESOLVE_H
#define MESSAGE_URI_RESOLVE_H

#include "base/strbuf.h"

/*
 * The target of `reference` in a document whose base is `base`, which may be empty. A reference of
 * the base's own scheme counts as relative (RFC 3986 section 5.2.2, not strict). Without any
 * scheme, "//www.…" gets "http:" and "//ftp.…" gets "ftp:". Slices of the input where nothing
 * changes.
 */
struct str uri_resolve(struct arena *arena, struct str base, struct str reference);

#endif
