/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/skeleton.h"

#include "base/utf8.h"

/* Letters of other scripts, with marks or in small capitals, and the ASCII letters that they look
 * like. */
static const struct {
	uint32_t code;
	char letter;
} lookalikes[] = {
#include "message/skeleton_lookalikes.inc"
};

static uint32_t decode(struct str text, size_t len)
{
	uint32_t code = (unsigned char)text.data[0];

	if (len > 1)
		code &= 0x7fu >> len;
	for (size_t i = 1; i < len; i++)
		code = code << 6 | ((unsigned char)text.data[i] & 0x3fu);
	return code;
}

/* Digits and signs that are read as letters. */
static char letter_of_ascii(char c)
{
	switch (c) {
	case '0':
		return 'o';
	case '1':
	case '|':
	case '!':
	case 'i':
		return 'l';
	case '3':
		return 'e';
	case '4':
	case '@':
		return 'a';
	case '5':
	case '$':
		return 's';
	default:
		return c;
	}
}

/* Mathematical alphabets, full width and circled letters, as ASCII; 0 where it is none of these. */
static char plain_form(uint32_t code)
{
	if (code >= 0x1d400 && code < 0x1d6a4) {
		uint32_t letter = (code - 0x1d400) % 52;

		return (char)(letter < 26 ? 'a' + letter : 'a' + letter - 26);
	}
	if (code >= 0x1d7ce && code < 0x1d800)
		return (char)('0' + (code - 0x1d7ce) % 10);
	if (code > 0xff00 && code < 0xff5f)
		return char_lower((char)(code - 0xff00 + 0x20));
	if (code >= 0x24b6 && code < 0x24ea)
		return (char)('a' + (code - 0x24b6) % 26);
	if (code >= 0x1f130 && code < 0x1f18a)
		return (char)('a' + (code - 0x1f130) % 32 % 26);
	return 0;
}

static char lookalike_of(uint32_t code)
{
	size_t low = 0, high = sizeof(lookalikes) / sizeof(lookalikes[0]);

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (code == lookalikes[middle].code)
			return lookalikes[middle].letter;
		if (code > lookalikes[middle].code)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

/* Zero width signs, soft hyphens, marks over letters: nobody sees them by themselves. */
static bool is_unseen(uint32_t code)
{
	return code == 0xad || code == 0x34f || (code >= 0x300 && code < 0x370) || code == 0x180e ||
	       (code >= 0x200b && code <= 0x200f) || (code >= 0x202a && code <= 0x202e) ||
	       (code >= 0x2060 && code <= 0x2064) || (code >= 0xfe00 && code <= 0xfe0f) ||
	       code == 0xfeff || (code >= 0xe0000 && code < 0xe0200);
}

/* Scripts that have no spaces between words. */
static bool is_unspaced(uint32_t code)
{
	return (code >= 0x0e00 && code < 0x0f00) || (code >= 0x3040 && code < 0xd7b0) ||
	       (code >= 0xf900 && code < 0xfb00) || code >= 0x20000;
}

/* Above Latin-1, all that is no sign or symbol counts as a letter. */
static bool is_letter(uint32_t code)
{
	return code >= 0xc0 && code != 0xd7 && code != 0xf7 && (code < 0x2000 || code > 0x303f) &&
	       (code < 0xe000 || code > 0xf8ff) && (code < 0xfe10 || code > 0xff00) &&
	       (code < 0x1f000 || code > 0x1fbff) && code != 0x30fb;
}

struct reader {
	struct arena *arena;
	struct skeleton *skeleton;
	size_t max;
	char before; /* what kind stood before: 'a', 'A', '0', 'x' for other scripts, or 0 */
	bool in_run; /* nothing but letters and digits, and what joins them, since a run began */
};

static char kind_of(uint32_t code, char c)
{
	if (code < 0x80 && char_is_digit(c))
		return '0';
	if (code < 0x80)
		return c >= 'A' && c <= 'Z' ? 'A' : 'a';
	return is_unspaced(code) ? 'x' : 'a';
}

static void put(struct reader *reader, uint32_t code, char kind, size_t at, size_t len)
{
	struct skeleton_char next = { .code = code,
		                      .at = (uint32_t)at,
		                      .end = (uint32_t)(at + len) };
	bool apart = reader->before == 0 || kind == 'x' || reader->before == 'x' ||
	             (kind == 'A' && reader->before != 'A') ||
	             ((kind == '0') != (reader->before == '0'));

	next.begins_run = !reader->in_run;
	next.begins_word = next.begins_run || apart;
	reader->before = kind;
	reader->in_run = true;
	if (reader->skeleton->len >= reader->max)
		return;
	/* "m" and "rn" look alike, and so do "w" and "vv". */
	if (code == 'm' || code == 'w') {
		next.code = code == 'm' ? 'r' : 'v';
		vec_push(reader->arena, reader->skeleton, next);
		next.code = code == 'm' ? 'n' : 'v';
		next.begins_word = next.begins_run = false;
	}
	vec_push(reader->arena, reader->skeleton, next);
}

static void skip_sign(struct reader *reader, char c)
{
	if (c == '\'' || c == '&')
		return;
	reader->before = 0;
	reader->in_run = false;
}

/* "@", "$", "!" and "|" are letters between letters. */
static bool is_sign_for_letter(struct str text, size_t i, bool in_run)
{
	return in_run && str_find_char(STR("@$!|"), text.data[i]) >= 0 && i + 1 < text.len &&
	       char_is_alnum(text.data[i + 1]);
}

static void read_ascii(struct reader *reader, struct str text, size_t i)
{
	char c = text.data[i];

	if (char_is_alnum(c))
		put(reader, (unsigned char)letter_of_ascii(char_lower(c)),
		    kind_of((unsigned char)c, c), i, 1);
	else if (is_sign_for_letter(text, i, reader->in_run))
		put(reader, (unsigned char)letter_of_ascii(c), 'a', i, 1);
	else
		skip_sign(reader, c);
}

static void read_other(struct reader *reader, struct str text, size_t i, size_t len)
{
	struct str character = { text.data + i, len };
	uint32_t code = decode(character, len);
	char plain = plain_form(code);

	if (is_unseen(code))
		return;
	if (plain == 0)
		plain = lookalike_of(code);
	if (plain != 0 && char_is_alnum(plain))
		put(reader, (unsigned char)letter_of_ascii(plain), 'a', i, len);
	else if (code == 0x2019)
		skip_sign(reader, '\'');
	else if (plain == 0 && is_letter(code))
		put(reader, code, kind_of(code, 0), i, len);
	else
		skip_sign(reader, ' ');
}

void skeleton_make(struct arena *arena, struct str text, size_t max, struct skeleton *skeleton)
{
	struct reader reader = { .arena = arena, .skeleton = skeleton, .max = max };
	size_t i = 0;

	while (i < text.len && skeleton->len < max) {
		size_t len = utf8_char_len(str_from_offset(text, i));

		if (len == 0)
			skip_sign(&reader, ' ');
		else if (len == 1)
			read_ascii(&reader, text, i);
		else
			read_other(&reader, text, i, len);
		i += len > 0 ? len : 1;
	}
}
