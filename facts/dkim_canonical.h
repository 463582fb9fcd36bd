/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What DKIM and ARC sign of a message, byte for byte: RFC 6376 section 3.4. Line ends may be LF or
 * CRLF; what is hashed has CRLF. One thread an object; nothing fails but hashing itself.
 */
#ifndef FACTS_DKIM_CANONICAL_H
#define FACTS_DKIM_CANONICAL_H

#include <openssl/evp.h>

#include "base/vec.h"

enum dkim_canon {
	DKIM_SIMPLE,
	DKIM_RELAXED,
};

/* A field as it stands in the message, without its last line end. */
struct dkim_field {
	struct str name;
	struct str text;    /* the name included */
	ptrdiff_t previous; /* the one of the same name above it; -1: none */
};

struct dkim_fields {
	vec_members(struct dkim_field);
	struct map *last; /* name in any case -> the last field of it */
};

/* Splits the header section; lines that are no field are passed over, and the first
 * `skip` fields. */
#define DKIM_FIELDS_MAX 10000
void dkim_fields_read(struct arena *arena, struct str headers, size_t skip,
                      struct dkim_fields *fields_r);

/* Adds a field to the hash, with the line end that follows it or without. Spans of `text` may be
 * left out by [cut, cut + cut_len): the b= of a signature. */
bool dkim_hash_field(EVP_MD_CTX *hash, enum dkim_canon canon, struct str text, size_t cut,
                     size_t cut_len, bool line_end);

/* What a body hashes to; `len` 0: that failed. */
struct dkim_body_hash {
	unsigned char bytes[EVP_MAX_MD_SIZE];
	size_t len;
	uint64_t length; /* octets of the canonical body */
};

/* A body on its way into a hash, in pieces of any size. */
struct dkim_body {
	EVP_MD_CTX *hash;
	enum dkim_canon canon;
	uint64_t limit;  /* l=: only this many octets are hashed; UINT64_MAX: all */
	uint64_t length; /* octets of the canonical body so far */
	uint64_t lines;  /* line ends that are hashed only if something follows */
	bool space;      /* white space that is, too */
	bool cr;         /* a CR whose LF may come */
	bool any;        /* there was something other than line ends */
	bool failed;     /* the hash is not to be used */
};

/* SHA-256, or SHA-1 for the signatures that only it fits. Owns its hash until the end. */
void dkim_body_start(struct dkim_body *body_r, enum dkim_canon canon, const EVP_MD *algorithm,
                     uint64_t limit);
void dkim_body_add(struct dkim_body *body, struct str piece);
/* The hash; 0 bytes where that failed. Frees what start took; `length` holds what there was. */
size_t dkim_body_end(struct dkim_body *body, unsigned char hash_r[EVP_MAX_MD_SIZE]);

#endif
