/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/regex/byte_set.h"

#include <string.h>

#include "base/str.h"

size_t byte_set_chars(const struct byte_set *set, char chars[BYTE_SET_CHARS])
{
	size_t len = 0;

	for (unsigned i = 0; i < 4; i++) {
		for (uint64_t bits = set->bits[i]; bits != 0; bits &= bits - 1) {
			char c = char_lower((char)(i * 64 + (unsigned)__builtin_ctzll(bits)));

			if (len > 0 && memchr(chars, c, len) != NULL)
				continue;
			if (len == BYTE_SET_CHARS)
				return 0;
			chars[len++] = c;
		}
	}
	return len;
}
