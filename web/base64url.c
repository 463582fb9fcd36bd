/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/base64url.h"

#include <stdint.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

struct str base64url_encode(struct arena *arena, struct str bytes)
{
	char *text = arena_alloc(arena, bytes.len / 3 * 4 + 4);
	uint32_t bits = 0;
	unsigned held = 0;
	size_t len = 0;

	for (size_t i = 0; i < bytes.len; i++) {
		bits = bits << 8 | (unsigned char)bytes.data[i];
		for (held += 8; held >= 6; held -= 6)
			text[len++] = digits[bits >> (held - 6) & 63];
	}
	if (held > 0)
		text[len++] = digits[bits << (6 - held) & 63];
	return (struct str){ text, len };
}

bool base64url_decode(struct arena *arena, struct str text, struct str *bytes_r)
{
	char *bytes = arena_alloc(arena, text.len / 4 * 3 + 3);
	uint32_t bits = 0;
	unsigned held = 0;
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		const char *digit = memchr(digits, text.data[i], sizeof(digits) - 1);

		if (digit == NULL)
			return false;
		bits = bits << 6 | (uint32_t)(digit - digits);
		held += 6;
		if (held >= 8) {
			held -= 8;
			bytes[len++] = (char)(bits >> held);
		}
	}
	*bytes_r = (struct str){ bytes, len };
	/* A digit too many, or bits that belong to no byte. */
	return held < 6 && (bits & ((1u << held) - 1)) == 0;
}
