/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Netstrings, "LENGTH:BYTES,", in which both sides of socketmap_table(5) talk. Pure functions;
 * thread-safe; what a stranger sent can only be called broken.
 */
#ifndef FORWARD_NETSTRING_H
#define FORWARD_NETSTRING_H

#include "base/strbuf.h"

/* Bytes that a netstring has besides its content, at most. */
#define NETSTRING_OVERHEAD 9

enum netstring_state {
	NETSTRING_BROKEN = -1, /* none, or with more than `max` bytes */
	NETSTRING_PARTIAL,     /* more is to come */
	NETSTRING_COMPLETE,
};

/* Looks at the front of `text`; *content_r is a slice of it, *used_r how long the netstring is. */
enum netstring_state netstring_read(struct str text, size_t max, struct str *content_r,
                                    size_t *used_r);

void netstring_add(struct strbuf *buf, struct str content);

#endif
