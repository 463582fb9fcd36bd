/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The site's key for hashing features. Who doesn't know it can't tell which weight a word goes
 * to. Hosts that share lessons share the key. Plain value.
 */
#ifndef LEARN_LEARN_KEY_H
#define LEARN_LEARN_KEY_H

#include <endian.h>

#include "base/str.h"

#define LEARN_KEY_BYTES 16

struct learn_key {
	uint64_t words[2];
};

/* From LEARN_KEY_BYTES random bytes; the same on every host, whatever its byte order. */
struct learn_key learn_key_read(const unsigned char bytes[LEARN_KEY_BYTES]);

/* Odd, with as many ones as zeros; what a product is made with when the key is all zero. */
#define LEARN_KEY_ODD_1 UINT64_C(0x9e3779b97f4a7c15)
#define LEARN_KEY_ODD_2 UINT64_C(0xd1b54a32d192ed03)

/* For the functions below, which are here since a message calls them thousands of times: both
 * halves of the product of 128 bits, in one. */
static inline uint64_t learn_key_fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Fewer than eight bytes as a number, the first one lowest. */
static inline uint64_t learn_key_bytes(const char *bytes, size_t count)
{
	uint64_t word = 0;

	if (count >= 4) {
		uint32_t first, last;

		memcpy(&first, bytes, sizeof(first));
		memcpy(&last, bytes + count - sizeof(last), sizeof(last));
		/* Where both are of the same bytes, they agree. */
		return le32toh(first) | (uint64_t)le32toh(last) << 8 * (count - sizeof(last));
	}
	for (size_t i = 0; i < count; i++)
		word |= (uint64_t)(unsigned char)bytes[i] << 8 * i;
	return word;
}

/*
 * A keyed hash of a text; `seed` tells kinds of text apart, or is the hash of what came before. Of
 * 64 bits, whose upper ones are best. It hides the key from who can't see hashes, and no more.
 */
static inline uint64_t learn_key_hash(const struct learn_key *key, uint64_t seed, struct str text)
{
	uint64_t factor = key->words[1] ^ LEARN_KEY_ODD_1;
	uint64_t hash = seed ^ key->words[0];

	for (; text.len >= sizeof(uint64_t); text.len -= sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, text.data, sizeof(word));
		hash = learn_key_fold(hash ^ le64toh(word), factor);
		text.data += sizeof(word);
	}
	hash ^= learn_key_bytes(text.data, text.len);
	return learn_key_fold(hash ^ (uint64_t)(text.len + 1) << 56, factor ^ LEARN_KEY_ODD_2);
}

/* Two hashes made one, in this order. */
static inline uint64_t learn_key_join(const struct learn_key *key, uint64_t first, uint64_t second)
{
	return learn_key_fold(first ^ key->words[0] ^ LEARN_KEY_ODD_2,
	                      (second + (second << 1)) ^ key->words[1] ^ LEARN_KEY_ODD_1);
}

#endif
