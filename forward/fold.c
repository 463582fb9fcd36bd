/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/fold.h"

#include "base/strbuf.h"
#include "base/utf8.h"

/* Characters that no kind of folding changes: small letters, and scripts without case. */
static const struct {
	uint32_t first, last;
} caseless[] = {
	{ 0xe0, 0xf6 },     { 0xf8, 0xfe },     { 0x3b1, 0x3c1 },   { 0x3c3, 0x3c9 },
	{ 0x430, 0x45f },   { 0x5d0, 0x5ea },   { 0x620, 0x64a },   { 0x904, 0x939 },
	{ 0xe01, 0xe32 },   { 0x3041, 0x3096 }, { 0x30a1, 0x30fa }, { 0x4e00, 0x9fff },
	{ 0xac00, 0xd7a3 },
};

/* Capital letters, and how far past them the small ones are. */
static const struct {
	uint32_t first, last, distance;
} capitals[] = {
	{ 0xc0, 0xd6, 32 },   { 0xd8, 0xde, 32 },   { 0x391, 0x3a1, 32 },
	{ 0x3a3, 0x3a9, 32 }, { 0x400, 0x40f, 80 }, { 0x410, 0x42f, 32 },
};

static bool is_caseless(uint32_t c)
{
	for (size_t i = 0; i < sizeof(caseless) / sizeof(caseless[0]); i++)
		if (c >= caseless[i].first && c <= caseless[i].last)
			return true;
	return false;
}

static uint32_t small_letter(uint32_t c)
{
	for (size_t i = 0; i < sizeof(capitals) / sizeof(capitals[0]); i++)
		if (c >= capitals[i].first && c <= capitals[i].last)
			return c + capitals[i].distance;
	return c;
}

static uint32_t decode(const char *data, size_t len)
{
	uint32_t c = (unsigned char)data[0] & (0xffu >> (len + 1));

	for (size_t i = 1; i < len; i++)
		c = c << 6 | ((unsigned char)data[i] & 0x3f);
	return c;
}

static bool is_ascii(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] >= 0x80)
			return false;
	return true;
}

/* Adds the character of `len` bytes (2 or more); true where every MTA has it so. */
static bool add_folded(struct strbuf *buf, const char *data, size_t len)
{
	uint32_t c = decode(data, len);
	char small[4];

	if (c == 0xdf) { /* the only one here whose folding is two letters */
		strbuf_add(buf, STR("ss"));
		return false;
	}
	strbuf_add(buf, (struct str){ small, utf8_encode(small_letter(c), small) });
	return is_caseless(c);
}

struct str fold_case(struct arena *arena, struct str text, bool *sure_r)
{
	struct strbuf buf;

	*sure_r = true;
	if (is_ascii(text))
		return arena_str_lower(arena, text);
	strbuf_init(&buf, arena);
	for (size_t i = 0; i < text.len;) {
		size_t len = utf8_char_len(str_from_offset(text, i));

		if (len > 1) {
			*sure_r &= add_folded(&buf, text.data + i, len);
		} else {
			strbuf_add_char(&buf, char_lower(text.data[i]));
			*sure_r &= len == 1;
		}
		i += len > 0 ? len : 1;
	}
	return strbuf_str(&buf);
}
