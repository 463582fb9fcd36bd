/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/utf8.h"

#include <string.h>

#include "base/strbuf.h"

static bool is_continuation(struct str s, size_t i)
{
	return i < s.len && ((unsigned char)s.data[i] & 0xc0) == 0x80;
}

size_t utf8_char_len(struct str s)
{
	unsigned char first, second;

	if (s.len == 0)
		return 0;
	first = (unsigned char)s.data[0];
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4 || !is_continuation(s, 1))
		return 0;
	second = (unsigned char)s.data[1];
	if (first < 0xe0)
		return 2;
	if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
	    (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f) ||
	    !is_continuation(s, 2))
		return 0;
	if (first < 0xf0)
		return 3;
	return is_continuation(s, 3) ? 4 : 0;
}

/* Length of the valid text at the start. Most text is ASCII: eight bytes of it at a time. */
static size_t valid_prefix(struct str s)
{
	size_t len = 0, step;

	do {
		uint64_t word = 0;

		while (len + sizeof(word) <= s.len) {
			memcpy(&word, s.data + len, sizeof(word));
			if ((word & 0x8080808080808080ULL) != 0)
				break;
			len += sizeof(word);
		}
		step = utf8_char_len(str_from_offset(s, len));
		len += step;
	} while (step > 0);
	return len;
}

bool utf8_is_valid(struct str s)
{
	return valid_prefix(s) == s.len;
}

struct str utf8_repair(struct arena *arena, struct str s)
{
	size_t valid = valid_prefix(s);
	struct strbuf buf;

	if (valid == s.len)
		return s;
	strbuf_init(&buf, arena);
	while (valid < s.len) {
		strbuf_add(&buf, str_prefix(s, valid));
		strbuf_add(&buf, STR("\xef\xbf\xbd"));
		s = str_from_offset(s, valid + 1);
		valid = valid_prefix(s);
	}
	strbuf_add(&buf, s);
	return strbuf_str(&buf);
}

size_t utf8_encode(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		if (c >= 0xd800 && c <= 0xdfff)
			return 0;
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	if (c > 0x10ffff)
		return 0;
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}
