/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ask/hashbl_digest.h"

#include <openssl/evp.h>

static struct str to_hex(struct arena *arena, const unsigned char *sum, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char *out = arena_alloc(arena, 2 * len);

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[sum[i] >> 4];
		out[2 * i + 1] = digits[sum[i] & 15];
	}
	return (struct str){ out, 2 * len };
}

/* Five bits a letter, the last one filled up with zeros. */
static struct str to_base32(struct arena *arena, const unsigned char *sum, size_t len)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	size_t count = (len * 8 + 4) / 5;
	char *out = arena_alloc(arena, count);

	for (size_t i = 0; i < count; i++) {
		size_t bit = i * 5;
		unsigned pair = (unsigned)sum[bit / 8] << 8;

		if (bit / 8 + 1 < len)
			pair |= sum[bit / 8 + 1];
		out[i] = letters[pair >> (11 - bit % 8) & 31];
	}
	return (struct str){ out, count };
}

struct str hashbl_digest(struct arena *arena, enum hashbl_digest digest, struct str text)
{
	static const char *const names[] = {
		[HASHBL_MD5] = "MD5", [HASHBL_SHA1] = "SHA1", [HASHBL_SHA256] = "SHA256"
	};
	unsigned char sum[EVP_MAX_MD_SIZE];
	size_t len = 0;

	if (digest == HASHBL_RAW)
		return text;
	/* MD5 also where the system's configuration asks for FIPS by default */
	if (EVP_Q_digest(NULL, names[digest], "-fips", text.data, text.len, sum, &len) != 1)
		return STR("");
	return digest == HASHBL_SHA256 ? to_base32(arena, sum, len) : to_hex(arena, sum, len);
}
