/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/header.h"

#include <string.h>

#include "base/strbuf.h"
#include "message/charset.h"
#include "message/encoded_word.h"

/* A longer name is junk; a rule could not name it. */
#define MAX_NAME_BYTES 256
/* What rules see of a value, as SpamAssassin has it: many patterns take time with its square. */
#define MAX_VALUE_BYTES 8192
/* So many lines that are no field may stand in a message's header before it counts as over. */
#define MAX_BAD_LINES 3

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* "Name:" of printable ASCII, with the white space before the colon that RFC 822 allowed. */
static bool is_field_line(struct str line)
{
	size_t len = 0;

	while (len < line.len && line.data[len] > ' ' && line.data[len] < 0x7f &&
	       line.data[len] != ':')
		len++;
	if (len == 0)
		return false;
	while (len < line.len && is_blank(line.data[len]))
		len++;
	return len < line.len && line.data[len] == ':';
}

static bool is_empty_line(struct str line)
{
	return str_eq(line, STR("\n")) || str_eq(line, STR("\r\n"));
}

/* The text with its line ends as LF. */
struct str header_plain_line_ends(struct arena *arena, struct str text)
{
	struct strbuf buf;
	struct str line;

	if (str_find_char(text, '\r') < 0)
		return text;
	strbuf_init(&buf, arena);
	strbuf_reserve(&buf, text.len);
	for (bool first = true; str_next_line(&text, &line); first = false) {
		if (!first)
			strbuf_add_char(&buf, '\n');
		strbuf_add(&buf, line);
	}
	return strbuf_str(&buf);
}

struct str header_unfold(struct arena *arena, struct str raw)
{
	struct strbuf buf;
	struct str line;

	if (str_find_char(raw, '\n') < 0)
		return str_trim(raw);
	strbuf_init(&buf, arena);
	strbuf_reserve(&buf, raw.len);
	for (bool first = true; str_next_line(&raw, &line); first = false) {
		size_t skip = 0;

		while (!first && skip < line.len && is_blank(line.data[skip]))
			skip++;
		if (skip > 0)
			strbuf_add_char(&buf, ' ');
		strbuf_add(&buf, str_from_offset(line, skip));
	}
	return str_trim(strbuf_str(&buf));
}

/* Fields whose syntax has no place for encoded-words, though some look like one. */
static bool may_have_words(struct str name)
{
	static const struct str without[] = {
		STR_INIT("received"),          STR_INIT("message-id"),  STR_INIT("date"),
		STR_INIT("resent-message-id"), STR_INIT("resent-date"), STR_INIT("mime-version"),
		STR_INIT("references"),        STR_INIT("in-reply-to"),
	};

	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
		if (str_eq_ci(name, without[i]))
			return false;
	}
	return !str_starts_ci(name, STR("list-"));
}

struct str header_decode(struct arena *arena, struct str name, struct str unfolded)
{
	struct str text = unfolded;

	if (!charset_is_ascii(text))
		text = charset_to_utf8(arena, text, STR("utf-8"), NULL);
	if (str_find_char(text, '?') < 0 || !may_have_words(name))
		return text;
	return encoded_word_decode(arena, text);
}

static void add_field(struct arena *arena, struct str field, const struct header_limits *limits,
                      struct header_section *section)
{
	ptrdiff_t colon = str_find_char(field, ':');
	struct header header;

	if (colon < 0)
		return;
	if (section->headers.len >= limits->max_fields || section->bytes >= limits->max_bytes) {
		section->too_many = true;
		return;
	}
	header.name = str_prefix(field, (size_t)colon);
	/* "Content-Type :" is the obsolete syntax in a message; in parts nobody knows it. */
	while (section->context == HEADER_OF_MESSAGE && header.name.len > 0 &&
	       is_blank(header.name.data[header.name.len - 1]))
		header.name.len--;
	header.whole = str_from_offset(field, (size_t)colon + 1);
	if (header.whole.len > limits->max_field_bytes) {
		header.whole.len = limits->max_field_bytes;
		section->too_long = true;
	}
	if (header.whole.len > 0 && header.whole.data[header.whole.len - 1] == '\n')
		header.whole.len--;
	if (header.whole.len > 0 && header.whole.data[header.whole.len - 1] == '\r')
		header.whole.len--;
	header.whole = header_plain_line_ends(arena, header.whole);
	section->cut |= header.name.len > MAX_NAME_BYTES || header.whole.len >= MAX_VALUE_BYTES;
	header.name = str_prefix(header.name, MAX_NAME_BYTES);
	header.raw = str_prefix(header.whole, MAX_VALUE_BYTES);
	header.unfolded = header_unfold(arena, header.raw);
	header.decoded = header_decode(arena, header.name, header.unfolded);
	section->bytes += header.name.len + header.whole.len;
	vec_push(arena, &section->headers, header);
}

enum line_kind {
	LINE_FIELD,
	LINE_FOLD,
	LINE_BAD,
	LINE_EMPTY,
	LINE_BODY, /* the section ends before it */
};

static enum line_kind classify(struct str line, enum header_context context, bool in_field)
{
	if (is_blank(line.data[0]))
		return context == HEADER_OF_MESSAGE || in_field ? LINE_FOLD : LINE_BODY;
	if (is_empty_line(line))
		return LINE_EMPTY;
	if (context == HEADER_OF_MESSAGE && str_starts(line, STR("--")))
		return LINE_BODY;
	if (is_field_line(line))
		return LINE_FIELD;
	return context == HEADER_OF_MESSAGE ? LINE_BAD : LINE_BODY;
}

static struct str line_at(struct str text, size_t at)
{
	struct str rest = str_from_offset(text, at);
	ptrdiff_t end = str_find_char(rest, '\n');

	return end < 0 ? rest : str_prefix(rest, (size_t)end + 1);
}

void header_parse_section(struct arena *arena, struct str text, enum header_context context,
                          const struct header_limits *limits, struct header_section *section_r)
{
	size_t at = 0, bad_lines = 0;
	struct str field = { NULL, 0 }, line;
	enum line_kind kind = LINE_BODY;

	*section_r = (struct header_section){ .context = context };
	while (at < text.len) {
		line = line_at(text, at);
		kind = classify(line, context, field.data != NULL);
		if (kind == LINE_FOLD) {
			field.data = field.data != NULL ? field.data : line.data;
			field.len += line.len;
			at += line.len;
			continue;
		}
		add_field(arena, field, limits, section_r);
		field = line;
		if (kind == LINE_BAD && ++bad_lines > MAX_BAD_LINES)
			kind = LINE_BODY;
		if (kind == LINE_EMPTY || kind == LINE_BODY) {
			field = (struct str){ NULL, 0 };
			break;
		}
		at += line.len;
	}
	/* SpamAssassin forgets the last field of a part that is nothing but header. */
	if (context == HEADER_OF_MESSAGE)
		add_field(arena, field, limits, section_r);
	section_r->no_separator = at == text.len || kind != LINE_EMPTY;
	section_r->body_offset = section_r->no_separator ? at : at + line.len;
}

void header_parse(struct arena *arena, struct str text, size_t max_headers,
                  struct header_list *headers_r, size_t *body_offset_r, bool *overflow_r)
{
	struct header_limits limits = { max_headers, SIZE_MAX, SIZE_MAX };
	struct header_section section;

	header_parse_section(arena, text, HEADER_OF_MESSAGE, &limits, &section);
	*headers_r = section.headers;
	*body_offset_r = section.body_offset;
	*overflow_r = section.too_many;
}

/* Most names differ in their length, or the first letter. */
static inline bool is_named(const struct header *header, struct str name)
{
	return header->name.len == name.len && name.len > 0 &&
	       char_lower(header->name.data[0]) == char_lower(name.data[0]) &&
	       str_eq_ci(header->name, name);
}

const struct header *header_next(const struct header_list *headers, struct str name,
                                 const struct header *previous)
{
	const struct header *header = previous != NULL ? previous + 1 : headers->items, *end;

	if (headers->len == 0)
		return NULL;
	for (end = headers->items + headers->len; header < end; header++)
		if (is_named(header, name))
			return header;
	return NULL;
}

const struct header *header_first(const struct header_list *headers, struct str name)
{
	return header_next(headers, name, NULL);
}

const struct header *header_last(const struct header_list *headers, struct str name)
{
	for (size_t i = headers->len; i > 0; i--) {
		const struct header *header = &headers->items[i - 1];

		if (is_named(header, name))
			return header;
	}
	return NULL;
}
