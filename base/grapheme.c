/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/grapheme.h"

#include "base/utf8.h"

#define GRAPHEME_MAX_BYTES 64

uint32_t grapheme_code_point(struct str text)
{
	const unsigned char *byte = (const unsigned char *)text.data;

	switch (utf8_char_len(text)) {
	case 2:
		return (byte[0] & 0x1fU) << 6 | (byte[1] & 0x3fU);
	case 3:
		return (byte[0] & 0x0fU) << 12 | (byte[1] & 0x3fU) << 6 | (byte[2] & 0x3fU);
	case 4:
		return (byte[0] & 0x07U) << 18 | (byte[1] & 0x3fU) << 12 | (byte[2] & 0x3fU) << 6 |
		       (byte[3] & 0x3fU);
	default:
		return byte[0];
	}
}

static bool is_joiner(uint32_t c)
{
	return c == 0x200d;
}

/* Marks, variation selectors, skin tones, and the tags of flags. */
static bool extends(uint32_t c)
{
	return (c >= 0x300 && c <= 0x36f) || (c >= 0x1ab0 && c <= 0x1aff) ||
	       (c >= 0x20d0 && c <= 0x20ff) || (c >= 0xfe00 && c <= 0xfe0f) ||
	       (c >= 0xfe20 && c <= 0xfe2f) || (c >= 0x1f3fb && c <= 0x1f3ff) ||
	       (c >= 0xe0020 && c <= 0xe007f);
}

static bool is_flag_letter(uint32_t c)
{
	return c >= 0x1f1e6 && c <= 0x1f1ff;
}

size_t grapheme_len(struct str text)
{
	size_t len = utf8_char_len(text), step;
	bool joined = false, flag;

	if (len == 0)
		return text.len > 0;
	flag = is_flag_letter(grapheme_code_point(text));
	while (len < text.len && len < GRAPHEME_MAX_BYTES) {
		struct str rest = str_from_offset(text, len);
		uint32_t c;

		step = utf8_char_len(rest);
		c = step > 0 ? grapheme_code_point(rest) : 0;
		if (step == 0 ||
		    !(joined || extends(c) || is_joiner(c) || (flag && is_flag_letter(c))))
			break;
		flag = false;
		joined = is_joiner(c);
		len += step;
	}
	return len;
}
