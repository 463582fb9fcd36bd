/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How lists are asked for a text: as a digest in the form of a label of a domain name. */
#ifndef RULES_ASK_HASHBL_DIGEST_H
#define RULES_ASK_HASHBL_DIGEST_H

#include "base/arena.h"

enum hashbl_digest {
	HASHBL_RAW, /* the text as it is */
	HASHBL_MD5, /* lower case hexadecimal digits */
	HASHBL_SHA1,
	HASHBL_SHA256, /* base32 (RFC 4648 section 6), in lower case and without padding */
};

/* In the arena; empty where OpenSSL doesn't offer the digest. */
struct str hashbl_digest(struct arena *arena, enum hashbl_digest digest, struct str text);

#endif
