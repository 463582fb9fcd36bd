/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * URIs in text and HTML, in the forms that rules match: as written and canonical (escapes decoded
 * where they need none, host in lower case and punycode, numeric hosts as dotted quads). Plain
 * values in the message's arena.
 */
#ifndef MESSAGE_URI_H
#define MESSAGE_URI_H

#include "base/vec.h"

enum uri_source {
	URI_IN_TEXT = 1 << 0, /* found in displayed text */
	URI_IN_LINK = 1 << 1, /* the target of an HTML attribute */
	URI_IN_HEADER = 1 << 2,
};

struct uri {
	struct str raw;       /* as written, entities and transfer encoding decoded */
	struct str canonical; /* the form that `uri` rules match first; may equal raw */
	struct str scheme;    /* lower case: "http", "https", "mailto", …; "http" where only www. */
	struct str host;      /* lower case ASCII, without port and credentials; empty where none */
	struct str domain;    /* registered domain of the host by the public suffix list, or empty */
	unsigned sources;     /* bits of enum uri_source */
};

struct uri_list {
	struct uri *items;
	size_t len;
	size_t cap;
};

/* Splits and canonicalises one URI. */
struct uri uri_parse(struct arena *arena, struct str written);
/* Appends every URI that a mail client would make clickable in text, up to `max` items. */
void uri_find_in_text(struct arena *arena, struct str text, size_t max, struct uri_list *uris);
/* "www.mail.example.co.uk" → "example.co.uk"; empty for IP addresses and bare suffixes. */
struct str uri_registered_domain(struct arena *arena, struct str host);

#endif
