/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/word_char.h"

struct range_kind {
	uint32_t first, last;
	enum word_char_kind kind;
};

/* Ascending; what is in none is a letter. */
static const struct range_kind ranges[] = {
	{ 0x0080, 0x00a9, WORD_CHAR_OTHER },    { 0x00ab, 0x00ac, WORD_CHAR_OTHER },
	{ 0x00ad, 0x00ad, WORD_CHAR_UNSEEN },   { 0x00ae, 0x00b1, WORD_CHAR_OTHER },
	{ 0x00b4, 0x00b4, WORD_CHAR_OTHER },    { 0x00b6, 0x00b8, WORD_CHAR_OTHER },
	{ 0x00bb, 0x00bf, WORD_CHAR_OTHER },    { 0x00d7, 0x00d7, WORD_CHAR_OTHER },
	{ 0x00f7, 0x00f7, WORD_CHAR_OTHER },    { 0x034f, 0x034f, WORD_CHAR_UNSEEN },
	{ 0x0e01, 0x0eff, WORD_CHAR_SIGN },     { 0x1000, 0x109f, WORD_CHAR_SIGN },
	{ 0x115f, 0x1160, WORD_CHAR_UNSEEN },   { 0x1780, 0x17b3, WORD_CHAR_SIGN },
	{ 0x17b4, 0x17b5, WORD_CHAR_UNSEEN },   { 0x17b6, 0x17ff, WORD_CHAR_SIGN },
	{ 0x180b, 0x180f, WORD_CHAR_UNSEEN },   { 0x2000, 0x200a, WORD_CHAR_OTHER },
	{ 0x200b, 0x200f, WORD_CHAR_UNSEEN },   { 0x2010, 0x2029, WORD_CHAR_OTHER },
	{ 0x202a, 0x202e, WORD_CHAR_UNSEEN },   { 0x202f, 0x205f, WORD_CHAR_OTHER },
	{ 0x2060, 0x206f, WORD_CHAR_UNSEEN },   { 0x20a0, 0x20cf, WORD_CHAR_SYMBOL },
	{ 0x2190, 0x2bff, WORD_CHAR_SYMBOL },   { 0x2e00, 0x2e7f, WORD_CHAR_OTHER },
	{ 0x2e80, 0x2fdf, WORD_CHAR_SIGN },     { 0x3000, 0x3004, WORD_CHAR_OTHER },
	{ 0x3005, 0x3007, WORD_CHAR_SIGN },     { 0x3008, 0x3020, WORD_CHAR_OTHER },
	{ 0x3021, 0x3029, WORD_CHAR_SIGN },     { 0x3030, 0x3030, WORD_CHAR_OTHER },
	{ 0x3031, 0x3163, WORD_CHAR_SIGN },     { 0x3164, 0x3164, WORD_CHAR_UNSEEN },
	{ 0x3165, 0x9fff, WORD_CHAR_SIGN },     { 0xac00, 0xd7ff, WORD_CHAR_SIGN },
	{ 0xe000, 0xf8ff, WORD_CHAR_SYMBOL },   { 0xf900, 0xfaff, WORD_CHAR_SIGN },
	{ 0xfe00, 0xfe0f, WORD_CHAR_UNSEEN },   { 0xfe10, 0xfe6f, WORD_CHAR_OTHER },
	{ 0xfeff, 0xfeff, WORD_CHAR_UNSEEN },   { 0xff00, 0xff0f, WORD_CHAR_OTHER },
	{ 0xff1a, 0xff20, WORD_CHAR_OTHER },    { 0xff3b, 0xff40, WORD_CHAR_OTHER },
	{ 0xff5b, 0xff65, WORD_CHAR_OTHER },    { 0xff66, 0xff9f, WORD_CHAR_SIGN },
	{ 0xffa0, 0xffa0, WORD_CHAR_UNSEEN },   { 0xffe0, 0xfffd, WORD_CHAR_OTHER },
	{ 0x1f000, 0x1faff, WORD_CHAR_SYMBOL }, { 0x20000, 0x3ffff, WORD_CHAR_SIGN },
	{ 0xe0000, 0xe0fff, WORD_CHAR_UNSEEN },
};

static enum word_char_kind kind_of(uint32_t c)
{
	size_t low = 0, high = sizeof(ranges) / sizeof(ranges[0]);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c > ranges[middle].last)
			low = middle + 1;
		else if (c < ranges[middle].first)
			high = middle;
		else
			return ranges[middle].kind;
	}
	return WORD_CHAR_LETTER;
}

/* Letters and digits for mathematics and for the width of Chinese signs, as ASCII. */
static uint32_t plain(uint32_t c)
{
	if (c >= 0xff10 && c <= 0xff19)
		return '0' + (c - 0xff10);
	if (c >= 0xff21 && c <= 0xff3a)
		return 'a' + (c - 0xff21);
	if (c >= 0xff41 && c <= 0xff5a)
		return 'a' + (c - 0xff41);
	if (c >= 0x1d400 && c <= 0x1d6a3) /* alphabets of 26 capitals and 26 small letters */
		return 'a' + (c - 0x1d400) % 52 % 26;
	if (c >= 0x1d7ce && c <= 0x1d7ff)
		return '0' + (c - 0x1d7ce) % 10;
	return c;
}

/* Latin, Greek, Cyrillic and Armenian; other scripts have no case, or hardly any mail. */
static uint32_t lower(uint32_t c)
{
	if (c >= 0x00c0 && c <= 0x00de)
		return c + 32;
	if ((c >= 0x0100 && c <= 0x0137) || (c >= 0x014a && c <= 0x0177) ||
	    (c >= 0x0460 && c <= 0x04bf) || (c >= 0x04d0 && c <= 0x052f) ||
	    (c >= 0x1e00 && c <= 0x1eff))
		return c | 1;
	if ((c >= 0x0139 && c <= 0x0148) || (c >= 0x0179 && c <= 0x017e))
		return c + (c & 1);
	if (c >= 0x0391 && c <= 0x03ab)
		return c + 32;
	if (c >= 0x0410 && c <= 0x042f)
		return c + 32;
	if (c >= 0x0400 && c <= 0x040f)
		return c + 80;
	if (c >= 0x0531 && c <= 0x0556)
		return c + 48;
	return c;
}

enum word_char_kind word_char_kind(uint32_t character, uint32_t *folded_r)
{
	enum word_char_kind kind = kind_of(character);

	*folded_r = kind == WORD_CHAR_LETTER ? lower(plain(character)) : character;
	return kind;
}
