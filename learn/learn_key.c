/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/learn_key.h"

/* Odd, with as many ones as zeros; what a product is made with when the key is all zero. */
#define ODD_1 UINT64_C(0x9e3779b97f4a7c15)
#define ODD_2 UINT64_C(0xd1b54a32d192ed03)

static uint64_t read_little_endian(const unsigned char *bytes, size_t count)
{
	uint64_t word = 0;

	for (size_t i = 0; i < count; i++)
		word |= (uint64_t)bytes[i] << 8 * i;
	return word;
}

struct learn_key learn_key_read(const unsigned char bytes[LEARN_KEY_BYTES])
{
	return (struct learn_key){ { read_little_endian(bytes, 8),
		                     read_little_endian(bytes + 8, 8) } };
}

/* Both halves of the product of 128 bits. */
static inline uint64_t fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t learn_key_hash(const struct learn_key *key, uint64_t seed, struct str text)
{
	const unsigned char *bytes = (const unsigned char *)text.data;
	uint64_t factor = key->words[1] ^ ODD_1;
	uint64_t hash = seed ^ key->words[0];

	for (; text.len >= 8; text.len -= 8, bytes += 8)
		hash = fold(hash ^ read_little_endian(bytes, 8), factor);
	hash ^= read_little_endian(bytes, text.len);
	return fold(hash ^ (uint64_t)(text.len + 1) << 56, factor ^ ODD_2);
}

uint64_t learn_key_join(const struct learn_key *key, uint64_t first, uint64_t second)
{
	return fold(first ^ key->words[0] ^ ODD_2,
	            (second + (second << 1)) ^ key->words[1] ^ ODD_1);
}
