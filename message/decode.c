/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/decode.h"

#include <limits.h>
#include <string.h>

static void set_fault(bool *fault_r)
{
	if (fault_r != NULL)
		*fault_r = true;
}

/* How many bytes from `at` are white space up to and with a line end; 0 where other text follows.
 */
static size_t blank_to_line_end(struct str text, size_t at)
{
	size_t i = at;

	while (i < text.len && (text.data[i] == ' ' || text.data[i] == '\t'))
		i++;
	if (i < text.len && text.data[i] == '\r')
		i++;
	return i < text.len && text.data[i] == '\n' ? i + 1 - at : 0;
}

/* Where the text goes on after soft line breaks at `at`. */
static size_t skip_soft_breaks(struct str text, size_t at)
{
	size_t len;

	while (at < text.len && text.data[at] == '=' && (len = blank_to_line_end(text, at + 1)) > 0)
		at += 1 + len;
	return at;
}

/* Decodes one "=…" at `at`; returns how many bytes of the input it took. */
static size_t decode_escape(struct str text, size_t at, char **out, bool *fault_r)
{
	size_t first = skip_soft_breaks(text, at), second, third;
	int high = -1, low = -1;

	if (first > at)
		return first - at;
	/* Some encoders break lines within an escape. */
	second = skip_soft_breaks(text, at + 1);
	third = skip_soft_breaks(text, second + 1);
	if (third < text.len) {
		high = char_hex_value(text.data[second]);
		low = char_hex_value(text.data[third]);
	}
	if (high >= 0 && low >= 0) {
		*(*out)++ = (char)(high * 16 + low);
		return third + 1 - at;
	}
	set_fault(fault_r);
	*(*out)++ = '=';
	return 1;
}

static char *trim_blanks(char *start, char *end)
{
	while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return end;
}

/* What stands before the next "=" or line end is copied in one go. */
static size_t plain_run(struct str text, size_t at)
{
	size_t i = at;

	while (i < text.len && text.data[i] != '=' && text.data[i] != '\n')
		i++;
	return i - at;
}

struct str decode_qp(struct arena *arena, struct str text, bool *fault_r)
{
	char *start = arena_alloc(arena, text.len + 1), *out = start;
	char *kept = start; /* white space before this was escaped, so it stays */
	size_t i = 0;

	while (i < text.len) {
		size_t run = plain_run(text, i);

		memcpy(out, text.data + i, run);
		out += run;
		i += run;
		if (i == text.len)
			break;
		if (text.data[i] == '=') {
			i += decode_escape(text, i, &out, fault_r);
			kept = out;
			continue;
		}
		if (out > kept && out[-1] == '\r')
			out--;
		out = trim_blanks(kept, out);
		*out++ = '\n';
		i++;
	}
	return decode_crlf(arena, (struct str){ start, (size_t)(out - start) });
}

struct str decode_q_word(struct arena *arena, struct str text)
{
	char *start = arena_alloc(arena, text.len + 1), *out = start;
	size_t i = 0;

	while (i < text.len) {
		if (text.data[i] == '=')
			i += decode_escape(text, i, &out, NULL);
		else
			*out++ = text.data[i++];
	}
	return (struct str){ start, (size_t)(out - start) };
}

/* Kinds of characters; the digits are 1 to 64. */
enum {
	B64_BAD = 0,
	B64_LAST_DIGIT = 64,
	B64_SPACE = 65,
	B64_PAD = 66,
};

static const unsigned char base64_kinds[256] = {
	[' '] = B64_SPACE,  ['\t'] = B64_SPACE, ['\n'] = B64_SPACE, ['\v'] = B64_SPACE,
	['\f'] = B64_SPACE, ['\r'] = B64_SPACE, ['='] = B64_PAD,    ['A'] = 1,
	['B'] = 2,          ['C'] = 3,          ['D'] = 4,          ['E'] = 5,
	['F'] = 6,          ['G'] = 7,          ['H'] = 8,          ['I'] = 9,
	['J'] = 10,         ['K'] = 11,         ['L'] = 12,         ['M'] = 13,
	['N'] = 14,         ['O'] = 15,         ['P'] = 16,         ['Q'] = 17,
	['R'] = 18,         ['S'] = 19,         ['T'] = 20,         ['U'] = 21,
	['V'] = 22,         ['W'] = 23,         ['X'] = 24,         ['Y'] = 25,
	['Z'] = 26,         ['a'] = 27,         ['b'] = 28,         ['c'] = 29,
	['d'] = 30,         ['e'] = 31,         ['f'] = 32,         ['g'] = 33,
	['h'] = 34,         ['i'] = 35,         ['j'] = 36,         ['k'] = 37,
	['l'] = 38,         ['m'] = 39,         ['n'] = 40,         ['o'] = 41,
	['p'] = 42,         ['q'] = 43,         ['r'] = 44,         ['s'] = 45,
	['t'] = 46,         ['u'] = 47,         ['v'] = 48,         ['w'] = 49,
	['x'] = 50,         ['y'] = 51,         ['z'] = 52,         ['0'] = 53,
	['1'] = 54,         ['2'] = 55,         ['3'] = 56,         ['4'] = 57,
	['5'] = 58,         ['6'] = 59,         ['7'] = 60,         ['8'] = 61,
	['9'] = 62,         ['+'] = 63,         ['/'] = 64,
};

static bool is_digit(char c)
{
	unsigned kind = base64_kinds[(unsigned char)c];

	return kind > B64_BAD && kind <= B64_LAST_DIGIT;
}

/* Without the padding, white space and junk at the end: what is left ends in a real digit. */
static struct str trim_padding(struct str text)
{
	while (text.len > 0 && !is_digit(text.data[text.len - 1]))
		text.len--;
	return text;
}

/* What padding in the middle of the text stands for. */
static unsigned inner_padding(struct str text)
{
	size_t digits = 0;

	/* In text that is clean it is zero bits; broken text is read as SpamAssassin does. */
	for (size_t i = 0; i < text.len; i++) {
		unsigned kind = base64_kinds[(unsigned char)text.data[i]];

		if (kind == B64_BAD)
			return 63;
		digits += kind != B64_SPACE;
	}
	return digits % 4 == 0 ? 0 : 63;
}

struct base64_writer {
	char *out;
	unsigned bits;
	unsigned count; /* digits that are in bits, up to 3 */
};

static void put_digit(struct base64_writer *writer, unsigned digit)
{
	writer->bits = writer->bits << 6 | digit;
	if (++writer->count < 4)
		return;
	*writer->out++ = (char)(writer->bits >> 16);
	*writer->out++ = (char)(writer->bits >> 8);
	*writer->out++ = (char)writer->bits;
	writer->bits = writer->count = 0;
}

static void put_last(struct base64_writer *writer)
{
	if (writer->count >= 2)
		*writer->out++ =
			(char)(writer->count == 2 ? writer->bits >> 4 : writer->bits >> 10);
	if (writer->count == 3)
		*writer->out++ = (char)(writer->bits >> 2);
}

/* Groups of four digits, which are nearly all of the text, at once: four times as fast as one by
 * one. Gives what follows them. */
static size_t put_groups(struct base64_writer *writer, struct str text, size_t at)
{
	for (; text.len - at >= 4; at += 4) {
		unsigned a = base64_kinds[(unsigned char)text.data[at]] - 1u;
		unsigned b = base64_kinds[(unsigned char)text.data[at + 1]] - 1u;
		unsigned c = base64_kinds[(unsigned char)text.data[at + 2]] - 1u;
		unsigned d = base64_kinds[(unsigned char)text.data[at + 3]] - 1u;

		if ((a | b | c | d) >= 64)
			break;
		*writer->out++ = (char)(a << 2 | b >> 4);
		*writer->out++ = (char)(b << 4 | c >> 2);
		*writer->out++ = (char)(c << 6 | d);
	}
	return at;
}

struct str decode_base64(struct arena *arena, struct str text, bool *fault_r)
{
	char *start = arena_alloc(arena, text.len / 4 * 3 + 4);
	struct base64_writer writer = { .out = start };
	struct str whole = text;
	unsigned padding = UINT_MAX;

	text = trim_padding(text);
	for (size_t i = 0; i < text.len; i++) {
		unsigned kind;

		if (writer.count == 0)
			i = put_groups(&writer, text, i);
		if (i == text.len)
			break;
		kind = base64_kinds[(unsigned char)text.data[i]];
		if (kind > B64_BAD && kind <= B64_LAST_DIGIT) {
			put_digit(&writer, kind - 1);
			continue;
		}
		if (kind == B64_SPACE)
			continue;
		set_fault(fault_r);
		if (kind == B64_BAD)
			continue;
		if (padding == UINT_MAX)
			padding = inner_padding(whole);
		put_digit(&writer, padding);
	}
	if (writer.count == 1)
		set_fault(fault_r);
	put_last(&writer);
	return (struct str){ start, (size_t)(writer.out - start) };
}

static unsigned uu_value(struct str line, size_t at)
{
	return at < line.len ? (unsigned)(line.data[at] - ' ') & 0x3f : 0;
}

/* One line: its first character says how many bytes it holds. */
static char *decode_uu_line(struct str line, char *out, bool *fault_r)
{
	size_t len = uu_value(line, 0);

	/* Blanks at the end of a line may have been lost; more than that is a broken line. */
	if (line.len > 0 && line.len < 1 + (len + 2) / 3 * 4)
		set_fault(fault_r);
	for (size_t i = 1, done = 0; done < len && i < line.len; i += 4) {
		unsigned bits = uu_value(line, i) << 18 | uu_value(line, i + 1) << 12 |
		                uu_value(line, i + 2) << 6 | uu_value(line, i + 3);

		for (int shift = 16; shift >= 0 && done < len; shift -= 8, done++)
			*out++ = (char)(bits >> shift);
	}
	return out;
}

struct str decode_uu(struct arena *arena, struct str text, bool *fault_r)
{
	char *start = arena_alloc(arena, text.len + 1), *out = start;
	struct str line;
	bool begun = false;

	while (str_next_line(&text, &line)) {
		if (!begun) {
			begun = str_starts(line, STR("begin "));
			continue;
		}
		if (str_eq(str_trim_right(line), STR("end")))
			return (struct str){ start, (size_t)(out - start) };
		out = decode_uu_line(line, out, fault_r);
	}
	set_fault(fault_r);
	return (struct str){ start, (size_t)(out - start) };
}

struct str decode_crlf(struct arena *arena, struct str text)
{
	ptrdiff_t first = str_find_char(text, '\r');
	char *start, *out;

	if (first < 0)
		return text;
	start = arena_alloc(arena, text.len);
	out = start;
	while (first >= 0) {
		size_t len = (size_t)first;

		/* A CR that does not end a line stays. */
		if (len + 1 == text.len || text.data[len + 1] != '\n')
			len++;
		memcpy(out, text.data, len);
		out += len;
		text = str_from_offset(text, len > (size_t)first ? len : len + 1);
		first = str_find_char(text, '\r');
	}
	memcpy(out, text.data, text.len);
	return (struct str){ start, (size_t)(out - start) + text.len };
}
