/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The public key of a signature, as its domain publishes it: RFC 6376 section 3.6.1, RFC 8301,
 * RFC 8463. Pure functions.
 */
#ifndef FACTS_DKIM_KEY_H
#define FACTS_DKIM_KEY_H

#include <openssl/evp.h>

#include "facts/dkim_signature.h"
#include "facts/dns_answer.h"

#define DKIM_KEY_BITS_MIN 1024 /* RFC 8301 section 3.2 */
/* A stranger's key must not cost what it likes. */
#define DKIM_KEY_BITS_MAX 8192

struct dkim_key {
	EVP_PKEY *key;      /* the caller's: EVP_PKEY_free(); NULL where there is none to use */
	const char *broken; /* why, a sentence's end */
	bool revoked;       /* its record has no key */
	bool testing;       /* t=y */
	bool strict;        /* t=s: i= must be in d= itself */
	bool ed25519;
	unsigned bits;
	struct str hashes; /* h=, or empty */
};

/* The first record of the answer that has a key to use; where none has, the last one's fault. */
void dkim_key_find(struct arena *arena, const struct dns_answer *answer, struct dkim_key *key_r);

/* Whether it made this signature of the digest, SHA-256. */
bool dkim_key_verifies(const struct dkim_key *key, struct str signature,
                       const unsigned char *digest, unsigned len);

/* Why the key doesn't fit the signature, a sentence's end; NULL where it does. */
const char *dkim_key_misfit(const struct dkim_key *key, const struct dkim_signature *signature);
/* Why a key of its length isn't accepted, likewise. */
const char *dkim_key_size_misfit(const struct dkim_key *key);

#endif
