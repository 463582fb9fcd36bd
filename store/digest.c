/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/digest.h"

#include <openssl/evp.h>

#define DIGEST_BYTES 16

struct str digest_whole(struct arena *arena, struct str text)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned count;
	char *hex;

	if (EVP_Digest(text.data, text.len, bytes, &count, EVP_sha256(), NULL) != 1)
		return STR("");
	hex = arena_alloc(arena, 2 * count + 1);
	for (size_t i = 0; i < count; i++) {
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	hex[2 * count] = '\0';
	return (struct str){ hex, 2 * count };
}

struct str digest_text(struct arena *arena, struct str text)
{
	return str_prefix(digest_whole(arena, text), 2 * DIGEST_BYTES);
}
