/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the raw body of a part to what a reader sees of it. */
#include <string.h>

#include "base/strbuf.h"
#include "message/calendar.h"
#include "message/charset.h"
#include "message/decode.h"
#include "message/html.h"
#include "message/mime.h"

/* Longer lines in a multipart, and longer runs of empty lines, are broken as SpamAssassin does. */
#define MAX_LINE        2048
#define MAX_EMPTY_LINES 20
/* Parts that are no text are decoded up to this size, for their first bytes tell what they are. */
#define MAX_SMALL_PART (64 * 1024)
/* How far in front of a limit text may be cut. */
#define CUT_SLACK 1024
/* Rendered HTML of one part; more than the rules look at. */
#define MAX_RENDERED (256 * 1024)

bool mime_is_family(struct str type, struct str family)
{
	return str_starts(type, family) &&
	       (type.len == family.len ||
	        (!char_is_alnum(type.data[family.len]) && type.data[family.len] != '_'));
}

bool mime_is_text(struct str type)
{
	return mime_is_family(type, STR("text")) || mime_is_family(type, STR("message"));
}

struct str mime_decode_transfer(struct arena *arena, struct mime_part *part, struct str text)
{
	bool bad = false;

	switch (part->encoding) {
	case MIME_ENCODING_QP:
		text = decode_qp(arena, text, &bad);
		part->faults |= bad ? MIME_FAULT_BAD_QP : 0;
		break;
	case MIME_ENCODING_BASE64:
		text = decode_base64(arena, text, &bad);
		part->faults |= bad ? MIME_FAULT_BAD_BASE64 : 0;
		if (mime_is_text(part->type))
			text = decode_crlf(arena, text);
		break;
	case MIME_ENCODING_UU:
		text = decode_uu(arena, text, NULL);
		break;
	case MIME_ENCODING_IDENTITY:
	case MIME_ENCODING_UNKNOWN:
		break;
	}
	return text;
}

/* A line of raw text with its line end. */
static struct str take_line(struct str *rest)
{
	ptrdiff_t end = str_find_char(*rest, '\n');
	struct str line = end < 0 ? *rest : str_prefix(*rest, (size_t)end + 1);

	*rest = str_from_offset(*rest, line.len);
	return line;
}

static bool is_empty_line(struct str line)
{
	return str_trim_left(line).len == 0;
}

static bool needs_line_repair(const struct mime_part *part, struct str text)
{
	size_t empty = 0;

	if (part->has_crlf)
		return true;
	while (text.len > 0) {
		struct str line = take_line(&text);

		if (line.len > MAX_LINE && part->multipart_depth > 0)
			return true;
		empty = is_empty_line(line) ? empty + 1 : 0;
		/* One may be hidden at both ends: the header's, and the boundary's. */
		if (empty > MAX_EMPTY_LINES - 2)
			return true;
	}
	return false;
}

/* Each multipart around breaks the pieces once more, which adds an empty line. */
static void add_long_line(struct strbuf *buf, struct str line, unsigned multipart_depth)
{
	while (multipart_depth > 0 && line.len > MAX_LINE) {
		strbuf_add(buf, str_prefix(line, MAX_LINE));
		for (unsigned i = 0; i < multipart_depth; i++)
			strbuf_add_char(buf, '\n');
		line = str_from_offset(line, MAX_LINE);
	}
	strbuf_add(buf, line);
}

static void add_line(struct strbuf *buf, struct str line, const struct mime_part *part)
{
	bool crlf = part->has_crlf && line.len >= 2 && line.data[line.len - 2] == '\r' &&
	            line.data[line.len - 1] == '\n';

	if (crlf)
		line.len -= 2;
	add_long_line(buf, line, part->multipart_depth);
	if (crlf)
		strbuf_add_char(buf, '\n');
}

/*
 * Copies a run of empty lines from *rest without what is too many of it: that is left out after
 * the first one, or, where a part starts with them, after the one that ends its header.
 */
static void add_empty_lines(struct strbuf *buf, struct str *rest, const struct mime_part *part,
                            bool at_start)
{
	struct str end = *rest, line;
	size_t count = 0, keep = 1, most = MAX_EMPTY_LINES;

	while (end.len > 0) {
		struct str next = end;

		if (!is_empty_line(take_line(&next)))
			break;
		end = next;
		count++;
	}
	if (at_start) {
		keep = part->is_message ? 2 : 0;
		most = part->is_message ? most + 1 : most - 1;
	}
	if (end.len == 0 && part->is_closed)
		most--;
	for (size_t i = 0; i < count; i++) {
		line = take_line(rest);
		if (count <= most || i < keep || i >= count - most + keep)
			add_line(buf, line, part);
	}
}

static struct str repair_lines(struct arena *arena, const struct mime_part *part, struct str text)
{
	struct str rest = text, next;
	struct strbuf buf;

	if (!needs_line_repair(part, text))
		return text;
	strbuf_init(&buf, arena);
	strbuf_reserve(&buf, text.len);
	while (rest.len > 0) {
		next = rest;
		if (is_empty_line(take_line(&next)))
			add_empty_lines(&buf, &rest, part, rest.data == text.data);
		else
			add_line(&buf, take_line(&rest), part);
	}
	return strbuf_str(&buf);
}

/* After a line if one ends near, and not within a character: half of one spoils the charset. */
static struct str cut_text(struct str text, size_t max)
{
	size_t near = max < CUT_SLACK ? 0 : max - CUT_SLACK;
	ptrdiff_t end = str_rfind_char(str_from_offset(str_prefix(text, max), near), '\n');

	if (end >= 0)
		return str_prefix(text, near + (size_t)end + 1);
	for (int i = 0; i < 3 && max > 0 && ((unsigned char)text.data[max] & 0xc0) == 0x80; i++)
		max--;
	return str_prefix(text, max);
}

struct str mime_raw_lines(struct arena *arena, const struct mime_part *part)
{
	return repair_lines(arena, part, part->raw_body);
}

static struct str limit_text(struct mime_part *part, struct str text, size_t *text_left)
{
	if (text.len > *text_left) {
		text = cut_text(text, *text_left);
		*text_left = text.len;
		part->faults |= MIME_FAULT_CUT;
	}
	*text_left -= text.len;
	return text;
}

static void render(struct arena *arena, struct mime_part *part,
                   const struct message_reading *reading)
{
	bool bad = false;

	if (part->charset.len > 0)
		part->text = charset_to_utf8(arena, part->decoded, part->charset, &bad);
	else
		part->text = charset_to_utf8(arena, part->decoded, STR("us-ascii"), NULL);
	part->faults |= bad ? MIME_FAULT_BAD_CHARSET : 0;
	part->rendered = part->text;
	if (part->text.len > 0 && str_eq(part->shown_type, STR("text/html")))
		part->html = html_render(arena, part->text, MAX_RENDERED, reading->version,
		                         &part->rendered);
	else if (str_eq(part->shown_type, STR("text/calendar")))
		part->rendered = calendar_text(arena, part->text);
}

/* As text that is shown with the message. */
static bool is_rendered(struct str type, const struct message_reading *reading)
{
	return str_eq(type, STR("text/plain")) || str_eq(type, STR("text/html")) ||
	       (reading->calendars && str_eq(type, STR("text/calendar")));
}

void mime_decode_part(struct arena *arena, struct mime_part *part,
                      const struct message_reading *reading, size_t *text_left)
{
	struct str type = part->shown_type;
	struct str raw = part->raw_body;

	part->text = part->rendered = STR("");
	if (!mime_is_text(type) && !part->is_rawbody) {
		part->decoded = raw;
		if (raw.len <= MAX_SMALL_PART)
			part->decoded = mime_decode_transfer(arena, part, raw);
		return;
	}
	raw = limit_text(part, raw, text_left);
	if (part->encoding != MIME_ENCODING_BASE64)
		raw = repair_lines(arena, part, raw);
	part->decoded = mime_decode_transfer(arena, part, raw);
	if (is_rendered(type, reading))
		render(arena, part, reading);
}
