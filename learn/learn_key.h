/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The site's key for hashing features. Who doesn't know it can't tell which weight a word goes
 * to. Hosts that share lessons share the key. Plain value.
 */
#ifndef LEARN_LEARN_KEY_H
#define LEARN_LEARN_KEY_H

#include "base/str.h"

#define LEARN_KEY_BYTES 16

struct learn_key {
	uint64_t words[2];
};

/* From LEARN_KEY_BYTES random bytes; the same on every host, whatever its byte order. */
struct learn_key learn_key_read(const unsigned char bytes[LEARN_KEY_BYTES]);

/*
 * A keyed hash of a text; `seed` tells kinds of text apart, or is the hash of what came before. Of
 * 64 bits, whose upper ones are best. It hides the key from who can't see hashes, and no more.
 */
uint64_t learn_key_hash(const struct learn_key *key, uint64_t seed, struct str text);
/* Two hashes made one, in this order. */
uint64_t learn_key_join(const struct learn_key *key, uint64_t first, uint64_t second);

#endif
