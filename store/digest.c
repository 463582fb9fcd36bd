/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/digest.h"

#include <openssl/evp.h>

#define DIGEST_BYTES 16

struct str digest_text(struct arena *arena, struct str text)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[EVP_MAX_MD_SIZE];
	char *hex = arena_alloc(arena, 2 * DIGEST_BYTES + 1);

	if (EVP_Digest(text.data, text.len, bytes, NULL, EVP_sha256(), NULL) != 1)
		return STR("");
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	hex[2 * DIGEST_BYTES] = '\0';
	return (struct str){ hex, 2 * DIGEST_BYTES };
}
