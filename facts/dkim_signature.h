/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A DKIM-Signature or ARC-Message-Signature field as read: RFC 6376 section 3.5, RFC 8301, RFC
 * 8463, RFC 8617 section 4.1.2. Pure functions; everything is in the arena.
 */
#ifndef FACTS_DKIM_SIGNATURE_H
#define FACTS_DKIM_SIGNATURE_H

#include "facts/dkim_canonical.h"

/* The newest are on top, and further ones are nobody's (RFC 6376 section 8.4). */
#define DKIM_SIGNATURES_MAX 10

enum dkim_algorithm {
	DKIM_RSA_SHA256,
	DKIM_ED25519_SHA256,
	DKIM_RSA_SHA1, /* read, and never accepted: RFC 8301 section 3.1 */
};

enum dkim_kind {
	DKIM_KIND_DKIM, /* DKIM-Signature */
	DKIM_KIND_AMS,  /* ARC-Message-Signature */
	DKIM_KIND_SEAL, /* ARC-Seal: it signs no body, and what it signs of the header is fixed */
};

struct dkim_signature {
	size_t field;       /* its number in the message */
	const char *broken; /* why it can't be used, a sentence's end; NULL: it is well formed */
	enum dkim_algorithm algorithm;
	enum dkim_canon header_canon, body_canon;
	struct str domain;               /* d=, lower case, as A-labels */
	struct str selector;             /* s=, likewise */
	struct str identity;             /* i=, or "@" and the domain */
	struct str headers;              /* h= */
	struct str signature, body_hash; /* b=, bh=: bytes */
	struct str signature_text;       /* b= as written, without white space */
	uint64_t body_limit;             /* l=; UINT64_MAX where it isn't given */
	int64_t expires;                 /* x=, seconds since 1970; -1: never */
	size_t cut, cut_len;             /* what of the field's text is b='s */
	unsigned instance;               /* i= of ARC */
	struct str chain;                /* cv= of a seal */
};

/* Reads field number `field`. Whatever is wrong is in `broken`; the rest has what could be read.
 */
void dkim_signature_read(struct arena *arena, const struct dkim_fields *fields, size_t field,
                         enum dkim_kind kind, struct dkim_signature *signature_r);

/* The name that its key is published at; empty where there can be none. */
struct str dkim_signature_key_name(struct arena *arena, const struct dkim_signature *signature);

/* "rsa-sha256" … */
const char *dkim_algorithm_name(enum dkim_algorithm algorithm);

#endif
