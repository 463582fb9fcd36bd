/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/header_write.h"

#include <string.h>

#include "base/strbuf.h"
#include "base/utf8.h"
#include "message/header.h"

#define LINE_MAX_CHARS 78
/* MTAs break longer lines wherever that is (RFC 5322 section 2.1.1). */
#define LINE_MAX_OCTETS 998
/* 75 characters less "=?UTF-8?Q?" and "?=". */
#define ENCODED_TEXT_MAX 63

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if ((unsigned char)s.data[i] >= 0x80)
			return false;
	}
	return true;
}

static size_t encode_char(struct str character, char out[12])
{
	static const char hex[] = "0123456789ABCDEF";
	size_t len = 0;

	for (size_t i = 0; i < character.len; i++) {
		unsigned char c = (unsigned char)character.data[i];

		if (c == ' ') {
			out[len++] = '_';
		} else if (char_is_alnum((char)c) || strchr("!*+-/", c) != NULL) {
			out[len++] = (char)c;
		} else {
			out[len++] = '=';
			out[len++] = hex[c >> 4];
			out[len++] = hex[c & 15];
		}
	}
	return len;
}

/* Whole characters go into each encoded-word (RFC 2047 section 5). */
static void add_encoded(struct strbuf *buf, struct str text)
{
	size_t room = 0;

	for (size_t i = 0; i < text.len;) {
		size_t step = utf8_char_len(str_from_offset(text, i));
		char encoded[12];
		size_t len = encode_char((struct str){ text.data + i, step }, encoded);

		if (len > room) {
			strbuf_add(buf, i == 0 ? STR("=?UTF-8?Q?") : STR("?= =?UTF-8?Q?"));
			room = ENCODED_TEXT_MAX;
		}
		strbuf_add(buf, (struct str){ encoded, len });
		room -= len;
		i += step;
	}
	strbuf_add(buf, STR("?="));
}

static size_t word_len(struct str text)
{
	ptrdiff_t space = str_find_char(text, ' ');

	return space < 0 ? text.len : (size_t)space;
}

/* Length of the run of words, spaces between them included, that each hold non-ASCII. */
static size_t encoded_run(struct str text)
{
	size_t end = 0, at = 0;

	while (at < text.len) {
		size_t len = word_len(str_from_offset(text, at));

		if (is_ascii((struct str){ text.data + at, len }))
			break;
		end = at + len;
		at = end + 1;
	}
	return end;
}

struct str header_encode_words(struct arena *arena, struct str text)
{
	struct strbuf buf;

	text = utf8_repair(arena, text);
	if (is_ascii(text))
		return text;
	strbuf_init(&buf, arena);
	while (text.len > 0) {
		size_t len = encoded_run(text);

		if (len > 0) {
			/* A space that ends the text would be lost after an encoded-word. */
			if (len + 1 == text.len)
				len++;
			add_encoded(&buf, str_prefix(text, len));
		} else {
			len = word_len(text);
			strbuf_add(&buf, str_prefix(text, len));
		}
		if (len < text.len) {
			strbuf_add_char(&buf, ' ');
			len++;
		}
		text = str_from_offset(text, len);
	}
	return strbuf_str(&buf);
}

static void add_words(struct strbuf *buf, struct str line, size_t *column, bool first)
{
	struct str word;

	while (str_next_word(&line, &word)) {
		if (!first && *column + 1 + word.len > LINE_MAX_CHARS) {
			strbuf_add_char(buf, '\n');
			*column = 0;
		}
		if (!first) {
			strbuf_add_char(buf, ' ');
			*column += 1;
		}
		strbuf_add(buf, word);
		*column += word.len;
		first = false;
	}
}

/* A name in brackets, or what is between two of them. */
static struct str next_phrase(struct str *line)
{
	ptrdiff_t end = str_find(*line, STR("] ")), begin = str_find(*line, STR(" ["));
	struct str phrase = *line;

	if (begin > 0 && (end < 0 || begin < end))
		phrase = str_prefix(*line, (size_t)begin);
	else if (end >= 0)
		phrase = str_prefix(*line, (size_t)end + 1);
	*line = str_from_offset(*line, phrase.len);
	return str_trim(phrase);
}

/* Whether a text that has no room behind the column has it on a line of its own. */
static bool better_below(struct str text, size_t column)
{
	return column + text.len > LINE_MAX_CHARS && 1 + text.len <= LINE_MAX_CHARS;
}

static void begin_line(struct strbuf *buf, size_t *column)
{
	strbuf_add(buf, STR("\n "));
	*column = 1;
}

/* Phrases that have room on a line of their own stay together. */
static void add_phrases(struct strbuf *buf, struct str line, size_t *column)
{
	bool first = true;

	while (line.len > 0) {
		struct str phrase = next_phrase(&line);

		if (!first && better_below(phrase, *column + 1)) {
			begin_line(buf, column);
			first = true;
		}
		add_words(buf, phrase, column, first);
		first = false;
	}
}

static struct str fold(struct arena *arena, struct str name, const struct str_list *lines,
                       bool phrases)
{
	size_t column = name.len + 2;
	struct strbuf buf;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < lines->len; i++) {
		struct str line = lines->items[i];

		if (i > 0 || (phrases && better_below(line, column)))
			begin_line(&buf, &column);
		if (phrases)
			add_phrases(&buf, line, &column);
		else
			add_words(&buf, line, &column, true);
	}
	return strbuf_str(&buf);
}

struct str header_fold(struct arena *arena, struct str name, const struct str_list *lines)
{
	return fold(arena, name, lines, false);
}

struct str header_fold_phrases(struct arena *arena, struct str name, const struct str_list *lines)
{
	return fold(arena, name, lines, true);
}

static size_t first_line_len(struct str text)
{
	ptrdiff_t end = str_find_char(text, '\n');

	return end < 0 ? text.len : (size_t)end;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The last place up to `room` where white space begins another word; 0 where there is none. */
static size_t last_gap(struct str line, size_t room)
{
	for (size_t i = room; i > 0; i--)
		if (i + 1 < line.len && is_blank(line.data[i]) && !is_blank(line.data[i + 1]))
			return str_trim(str_prefix(line, i)).len > 0 ? i : 0;
	return 0;
}

/* The same between two encoded-words that nothing separates, or else between characters. */
static size_t last_character(struct str line, size_t room)
{
	size_t at = room;

	for (size_t i = room; i > 2; i--)
		if (str_starts(str_from_offset(line, i - 2), STR("?==?")))
			return i;
	while (at > 0 && ((unsigned char)line.data[at] & 0xc0) == 0x80)
		at--;
	return at > 0 ? at : room;
}

static void add_wrapped(struct strbuf *buf, struct str line, size_t column)
{
	if (column + line.len > LINE_MAX_OCTETS)
		line = str_trim_right(line);
	while (column + line.len > LINE_MAX_OCTETS) {
		size_t room = LINE_MAX_OCTETS - column;
		size_t at = last_gap(line, room);
		bool gap = at > 0;

		if (!gap)
			at = last_character(line, room);
		strbuf_add(buf, str_prefix(line, at));
		strbuf_add(buf, gap ? STR("\n") : STR("\n "));
		line = str_from_offset(line, at);
		column = gap ? 0 : 1;
	}
	strbuf_add(buf, line);
}

struct str header_wrap(struct arena *arena, struct str name, struct str value)
{
	size_t column = name.len + 2;
	struct strbuf buf;

	strbuf_init(&buf, arena);
	strbuf_reserve(&buf, value.len);
	for (;;) {
		size_t len = first_line_len(value);

		add_wrapped(&buf, str_prefix(value, len), column);
		if (len == value.len)
			return strbuf_str(&buf);
		strbuf_add_char(&buf, '\n');
		value = str_from_offset(value, len + 1);
		column = 0;
	}
}

struct str header_put_in_front(struct arena *arena, struct str name, struct str text,
                               struct str value)
{
	struct str word = str_trim_right(text), written = header_encode_words(arena, word);
	bool encoded = !str_eq(written, word) && str_ends_ci(written, STR("?="));
	bool spaced = encoded || word.len < text.len;

	value = header_plain_line_ends(arena, value);
	/* White space between encoded-words isn't shown, so it has to be in one of them. */
	if (encoded && str_starts(str_trim_left(value), STR("=?")))
		written = header_encode_words(arena, arena_printf(arena, "%.*s ", STR_FMT(word)));
	while (value.len > 0 && is_blank(value.data[0]))
		value = str_from_offset(value, 1);
	if (value.len == 0 || value.data[0] == '\n')
		return arena_printf(arena, "%.*s%.*s", STR_FMT(written), STR_FMT(value));
	if (name.len + 2 + written.len + spaced + first_line_len(value) > LINE_MAX_OCTETS)
		return arena_printf(arena, "%.*s\n %.*s", STR_FMT(written), STR_FMT(value));
	return arena_printf(arena, "%.*s%s%.*s", STR_FMT(written), spaced ? " " : "",
	                    STR_FMT(value));
}
