/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/regex/unicode_word.h"

#include <stddef.h>

#include "base/str.h"

static const struct {
	uint32_t first, last;
} signs[] = {
#include "rules/regex/unicode_signs.inc"
};

bool unicode_is_word(uint32_t code)
{
	size_t low = 0, high = sizeof(signs) / sizeof(signs[0]);

	if (code < 0x80)
		return char_is_alnum((char)code) || code == '_';
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (code > signs[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	return low == sizeof(signs) / sizeof(signs[0]) || code < signs[low].first;
}
