/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tree is built with a queue instead of recursion. Each multipart's text is searched for its
 * own boundary only, so the time is at most the size times the depth, which is capped.
 */
#include "message/mime.h"

#include <string.h>

#include "base/strbuf.h"
#include "message/decode.h"
#include "message/message_limits.h"

/* RFC 2046 allows 70; what is longer than this is cut, and so is never found. */
#define MAX_BOUNDARY 256

struct part_queue {
	vec_members(struct mime_part *);
};

struct mime_parser {
	struct arena *arena;
	const struct message_limits *limits;
	const struct message_reading *reading;
	struct part_queue queue;
	unsigned limits_hit;
};

static struct mime_part *add_part(struct mime_parser *parser, struct mime_part *parent,
                                  struct mime_part *previous)
{
	struct mime_part *part;

	if (parser->queue.len >= parser->limits->max_parts) {
		parser->limits_hit |= MESSAGE_LIMIT_PARTS;
		return NULL;
	}
	part = arena_new_object(parser->arena, struct mime_part);
	part->parent = parent;
	if (parent != NULL) {
		part->depth = parent->depth + 1;
		part->has_crlf = parent->has_crlf;
		part->multipart_depth = parent->multipart_depth;
		if (previous != NULL)
			previous->next_sibling = part;
		else
			parent->first_child = part;
	}
	vec_push(parser->arena, &parser->queue, part);
	return part;
}

static struct str last_value(const struct mime_part *part, struct str name)
{
	const struct header *header = header_last(&part->headers, name);

	return header != NULL ? header->unfolded : STR("");
}

/* Control characters, 8-bit text and what RFC 2045 calls tspecials, but for the slash. */
static bool is_type_char(char c)
{
	return c > ' ' && c < 0x7f && strchr("\"(),:;<=>?@[\\]", c) == NULL;
}

/* The Content-Type as a reader takes it: the last of them, encoded-words decoded. */
static struct str content_type(const struct mime_part *part)
{
	const struct header *header = header_last(&part->headers, STR("content-type"));

	return header != NULL ? header->decoded : STR("");
}

/* "text/html x; …" → "text/html", in lower case, with all that stands in front of a slash. */
static struct str stated_type(struct arena *arena, struct str value)
{
	ptrdiff_t end = str_find_char(value, ';'), slash;
	size_t len;

	value = str_trim(end < 0 ? value : str_prefix(value, (size_t)end));
	slash = str_find_char(value, '/');
	len = slash > 0 ? (size_t)slash + 1 : value.len;
	while (len < value.len && value.data[len] != '/' && !char_is_space(value.data[len]))
		len++;
	return arena_str_lower(arena, str_prefix(value, len));
}

/* All of text is plain text to a reader, however it goes on, but for these. */
static bool is_plain_text(struct str type)
{
	return mime_is_family(type, STR("text")) && !str_eq(type, STR("text/html")) &&
	       !str_eq(type, STR("text/calendar")) && !str_eq(type, STR("text/x-vcard"));
}

static struct str clean_type(struct arena *arena, struct str type)
{
	char *out = arena_cstr(arena, type);
	size_t len = 0;

	for (size_t i = 0; i < type.len; i++)
		if (is_type_char(type.data[i]))
			out[len++] = type.data[i];
	return (struct str){ out, len };
}

struct str mime_stated_type(struct arena *arena, const struct mime_part *part)
{
	return stated_type(arena, content_type(part));
}

struct str mime_declared_type(struct arena *arena, const struct mime_part *part)
{
	struct str type = mime_stated_type(arena, part);

	return type.len == 0 || is_plain_text(type) ? STR("text/plain") : clean_type(arena, type);
}

static bool is_boundary_end(struct str value, size_t at)
{
	return at == value.len || char_is_space(value.data[at]) || value.data[at] == ';';
}

/* "boundary=x" or "boundary = "x y"": a quote that is not closed ends with the field. */
static struct str find_boundary_parameter(struct str value)
{
	static const struct str name = STR_INIT("boundary");
	struct str rest = value;

	for (ptrdiff_t at; (at = str_find_ci(rest, name)) >= 0;) {
		const char *start = rest.data + at;
		size_t len = 0;

		rest = str_from_offset(rest, (size_t)at + name.len);
		if (start > value.data && (char_is_alnum(start[-1]) || start[-1] == '_'))
			continue;
		rest = str_trim_left(rest);
		if (!str_starts(rest, STR("=")))
			continue;
		rest = str_trim_left(str_from_offset(rest, 1));
		if (str_starts(rest, STR("\""))) {
			rest = str_from_offset(rest, 1);
			len = (size_t)str_find_char(rest, '"');
			if (len != 0)
				return str_prefix(rest, len);
			continue;
		}
		while (!is_boundary_end(rest, len) && rest.data[len] != '"')
			len++;
		if (len > 0 && is_boundary_end(rest, len))
			return str_prefix(rest, len);
	}
	return STR("");
}

/* A parameter of the Content-Type; some put it in single quotes. */
static struct str type_parameter(struct arena *arena, struct str value, struct str name)
{
	struct str text = mime_parameter(arena, value, name);

	if (str_starts(text, STR("'")))
		text = str_from_offset(text, 1);
	if (text.len > 0 && text.data[text.len - 1] == '\'')
		text.len--;
	return text;
}

static void set_type(struct mime_parser *parser, struct mime_part *part)
{
	struct str value = content_type(part);
	struct str value_of_charset;

	part->type = mime_declared_type(parser->arena, part);
	if (parser->reading->version == READING_4_0_3 &&
	    str_eq(stated_type(parser->arena, value), STR("text/x-amp-html")))
		part->type = STR("text/x-amp-html");
	if (value.len == 0 && part->parent != NULL &&
	    str_eq(part->parent->type, STR("multipart/digest")))
		part->type = STR("message/rfc822");
	value_of_charset = type_parameter(parser->arena, value, STR("charset"));
	if (str_next_word(&value_of_charset, &part->charset))
		part->charset = arena_str_lower(parser->arena, part->charset);
	part->boundary = str_prefix(find_boundary_parameter(value), MAX_BOUNDARY);
}

static void set_encoding(struct mime_part *part)
{
	static const struct {
		struct str name;
		enum mime_encoding encoding;
	} encodings[] = {
		{ STR_INIT("7bit"), MIME_ENCODING_IDENTITY },
		{ STR_INIT("8bit"), MIME_ENCODING_IDENTITY },
		{ STR_INIT("binary"), MIME_ENCODING_IDENTITY },
		{ STR_INIT(""), MIME_ENCODING_IDENTITY },
		{ STR_INIT("quoted-printable"), MIME_ENCODING_QP },
		{ STR_INIT("base64"), MIME_ENCODING_BASE64 },
		{ STR_INIT("x-uuencode"), MIME_ENCODING_UU },
		{ STR_INIT("x-uue"), MIME_ENCODING_UU },
		{ STR_INIT("uuencode"), MIME_ENCODING_UU },
	};
	struct str value = last_value(part, STR("content-transfer-encoding"));

	part->encoding = MIME_ENCODING_UNKNOWN;
	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		if (str_eq_ci(value, encodings[i].name))
			part->encoding = encodings[i].encoding;
	}
}

static void set_disposition(struct mime_parser *parser, struct mime_part *part)
{
	struct str value = last_value(part, STR("content-disposition"));
	struct str type = content_type(part);
	size_t len = 0;

	while (len < value.len && value.data[len] != ';' && !char_is_space(value.data[len]))
		len++;
	part->disposition = arena_str_lower(parser->arena, str_prefix(value, len));
	part->name = mime_parameter(parser->arena, value, STR("filename"));
	if (part->name.len == 0 && parser->reading->version == READING_4_0_1)
		part->name = mime_parameter(parser->arena, value, STR("name"));
	if (part->name.len == 0)
		part->name = type_parameter(parser->arena, type, STR("name"));
	if (part->name.len == 0 && parser->reading->version == READING_4_0_1)
		part->name = type_parameter(parser->arena, type, STR("filename"));
}

/* Text that says "attachment;" of itself. */
static bool is_attached_text(const struct mime_part *part)
{
	const struct header *disposition = header_first(&part->headers, STR("content-disposition"));

	return disposition != NULL && str_starts(disposition->decoded, STR("attachment;")) &&
	       (str_eq(part->shown_type, STR("text/plain")) ||
	        str_eq(part->shown_type, STR("text/html")));
}

static bool is_multipart(const struct mime_part *part)
{
	return str_starts(part->type, STR("multipart/"));
}

/* Reads the header at the start of a part's text; the rest is its body. */
static void read_headers(struct mime_parser *parser, struct mime_part *part, struct str text,
                         enum header_context context)
{
	struct header_section section;

	header_parse_section(parser->arena, text, context, &parser->limits->header, &section);
	part->headers = section.headers;
	part->raw_headers = str_prefix(text, section.body_offset);
	if (!section.no_separator) {
		part->raw_headers.len -=
			part->raw_headers.len >= 2 &&
					part->raw_headers.data[section.body_offset - 2] == '\r'
				? 2
				: 1;
	} else if (context == HEADER_OF_MESSAGE || section.body_offset < text.len) {
		part->faults |= MIME_FAULT_NO_SEPARATOR;
	}
	part->raw_body = str_from_offset(text, section.body_offset);
	if (section.cut)
		part->faults |= MIME_FAULT_LONG_HEADER;
	if (section.too_many)
		parser->limits_hit |= MESSAGE_LIMIT_HEADERS;
	if (section.too_long)
		parser->limits_hit |= MESSAGE_LIMIT_HEADER_BYTES;
}

static bool is_rawbody(const struct mime_part *part, enum reading_version reading)
{
	struct str type = reading == READING_4_0_1 ? part->type : part->shown_type;

	if (str_eq(type, STR("text/calendar")))
		return false;
	return mime_is_text(part->shown_type) ||
	       (reading == READING_4_0_3 && mime_is_family(type, STR("image/svg+xml")));
}

static void read_facts(struct mime_parser *parser, struct mime_part *part)
{
	set_type(parser, part);
	set_encoding(part);
	set_disposition(parser, part);
	part->shown_type = mime_shown_type(part->type, part->name, parser->reading->version);
	part->is_rawbody = is_rawbody(part, parser->reading->version);
	part->is_beside_body = parser->reading->version == READING_4_0_3 &&
	                       !parser->reading->attached_text && is_attached_text(part);
	part->is_attachment = str_eq(part->disposition, STR("attachment")) ||
	                      (!is_multipart(part) && !str_starts(part->type, STR("message/")) &&
	                       !str_starts(part->shown_type, STR("text/")));
}

/* Without the line that separates messages in an mbox file. "From :" is a field. */
static struct str skip_from_line(struct str text)
{
	struct str rest = text, line;

	if (!str_starts(text, STR("From")) || text.len < 5 || !char_is_space(text.data[4]) ||
	    (text.len > 5 && text.data[5] == ':') || !str_next_line(&rest, &line))
		return text;
	return rest;
}

static bool ends_in_crlf(struct str line)
{
	return line.len >= 2 && line.data[line.len - 2] == '\r' && line.data[line.len - 1] == '\n';
}

/* The first and the last line tell. */
static bool has_crlf(struct str text)
{
	ptrdiff_t first = str_find_char(text, '\n');

	return first >= 0 &&
	       (ends_in_crlf(str_prefix(text, (size_t)first + 1)) || ends_in_crlf(text));
}

static void read_message(struct mime_parser *parser, struct mime_part *part, struct str text)
{
	text = skip_from_line(text);
	part->is_message = true;
	part->has_crlf = part->has_crlf || has_crlf(text);
	read_headers(parser, part, text, HEADER_OF_MESSAGE);
	read_facts(parser, part);
}

/* Where a boundary line is. */
struct boundary_line {
	size_t start;
	size_t end; /* after its line end */
	bool closing;
};

/* Whether the line at `at` is the boundary, with "--" and white space after it at most. */
static bool is_boundary_line(struct str text, size_t at, struct str delimiter,
                             struct boundary_line *line_r)
{
	struct str rest = str_from_offset(text, at);

	if (!str_starts(rest, delimiter))
		return false;
	rest = str_from_offset(rest, delimiter.len);
	line_r->closing = str_starts(rest, STR("--"));
	if (line_r->closing)
		rest = str_from_offset(rest, 2);
	while (rest.len > 0 && rest.data[0] != '\n' && char_is_space(rest.data[0]))
		rest = str_from_offset(rest, 1);
	if (rest.len > 0 && rest.data[0] != '\n')
		return false;
	line_r->start = at;
	line_r->end = (size_t)(rest.data - text.data) + (rest.len > 0 ? 1 : 0);
	return true;
}

/* `delimiter` is "\n--boundary"; `from` is the start of a line. */
static bool find_boundary(struct str text, size_t from, struct str delimiter,
                          struct boundary_line *line_r)
{
	struct str at_start = str_from_offset(delimiter, 1);
	ptrdiff_t found;

	if (is_boundary_line(text, from, at_start, line_r))
		return true;
	while ((found = str_find(str_from_offset(text, from), delimiter)) >= 0) {
		from += (size_t)found + 1;
		if (is_boundary_line(text, from, at_start, line_r))
			return true;
	}
	return false;
}

/* The first boundary that opens a part. */
static bool find_opening(struct str text, struct str delimiter, struct boundary_line *line_r)
{
	size_t from = 0;

	while (find_boundary(text, from, delimiter, line_r)) {
		if (!line_r->closing)
			return true;
		from = line_r->end;
	}
	return false;
}

/* Without the line end in front of a boundary, which is the boundary's. */
static struct str without_line_end(struct str text)
{
	if (text.len > 0 && text.data[text.len - 1] == '\n')
		text.len--;
	if (text.len > 0 && text.data[text.len - 1] == '\r')
		text.len--;
	return text;
}

static bool looks_like_field(struct str text)
{
	size_t len = 0;

	while (len < text.len && text.data[len] > ' ' && text.data[len] < 0x7f &&
	       text.data[len] != ':')
		len++;
	return len > 0 && len < text.len && text.data[len] == ':';
}

static struct str last_line(struct str text)
{
	struct str before = str_prefix(text, text.len > 0 ? text.len - 1 : 0);

	return str_from_offset(text, (size_t)(str_rfind_char(before, '\n') + 1));
}

/*
 * Reads one part that starts at `start`; *line is set to the boundary that ends it. False where
 * the text ends without one.
 */
static bool read_part(struct mime_parser *parser, struct mime_part *part, struct str delimiter,
                      size_t start, struct boundary_line *line)
{
	struct str text = part->parent->raw_body, boundary = str_from_offset(delimiter, 3);
	bool found = find_boundary(text, start, delimiter, line);
	struct str whole = str_from_offset(text, start), lines = whole;

	/* Where no boundary follows, the last line is text, whatever it looks like. */
	lines.len -= found ? text.len - line->start : last_line(whole).len;
	if (whole.len > 0 && !looks_like_field(whole))
		part->faults |= MIME_FAULT_NO_HEADERS;
	read_headers(parser, part, lines, HEADER_OF_PART);
	if (found)
		part->raw_body = without_line_end(part->raw_body);
	else
		part->raw_body.len = (size_t)(whole.data + whole.len - part->raw_body.data);
	read_facts(parser, part);
	/* A multipart that has its parent's boundary: that one ends only at its own closing line.
	 */
	if (found && str_eq(part->boundary, boundary)) {
		while (found && !line->closing)
			found = find_boundary(text, line->end, delimiter, line);
		found = found && find_boundary(text, line->end, delimiter, line);
		whole = str_from_offset(text, start);
		if (found)
			whole = without_line_end(str_prefix(whole, line->start - start));
		part->raw_body = str_from_offset(whole, (size_t)(part->raw_body.data - whole.data));
	}
	if (part->boundary.len == 0)
		part->boundary = boundary;
	part->is_closed = found;
	return found;
}

/* What follows the last boundary and is more than white space and dots. */
static void note_epilogue(struct mime_part *multipart, size_t start)
{
	struct str rest = str_from_offset(multipart->raw_body, start);

	while (rest.len > 0 && (char_is_space(rest.data[0]) || rest.data[0] == '.'))
		rest = str_from_offset(rest, 1);
	if (rest.len > 0)
		multipart->faults |= MIME_FAULT_EPILOGUE;
}

static void split_parts(struct mime_parser *parser, struct mime_part *multipart,
                        struct str delimiter, size_t start)
{
	struct mime_part *previous = NULL, *part;
	struct boundary_line line;

	do {
		part = add_part(parser, multipart, previous);
		if (part == NULL)
			return;
		if (!read_part(parser, part, delimiter, start, &line)) {
			multipart->faults |= MIME_FAULT_UNCLOSED;
			return;
		}
		previous = part;
		start = line.end;
	} while (!line.closing && start < multipart->raw_body.len);
	if (!line.closing)
		multipart->faults |= MIME_FAULT_UNCLOSED;
	note_epilogue(multipart, line.end);
}

/*
 * No boundary opens a part: all of the text is one, up to a closing boundary. In a message's body
 * it has no header.
 */
static void read_unsplit(struct mime_parser *parser, struct mime_part *multipart,
                         struct str delimiter)
{
	struct mime_part *part = add_part(parser, multipart, NULL);
	struct str text = multipart->raw_body;
	struct boundary_line line;

	multipart->faults |= MIME_FAULT_MISSING_BOUNDARY;
	if (part == NULL)
		return;
	if (find_boundary(text, 0, delimiter, &line)) {
		multipart->faults |= MIME_FAULT_UNCLOSED;
		note_epilogue(multipart, line.end);
		text = without_line_end(str_prefix(text, line.start));
	}
	if (multipart->is_message)
		part->raw_body = text;
	else
		read_headers(parser, part, text, HEADER_OF_PART);
	read_facts(parser, part);
	if (part->boundary.len == 0)
		part->boundary = multipart->boundary;
}

static void read_multipart(struct mime_parser *parser, struct mime_part *multipart)
{
	struct boundary_line line;
	struct str delimiter;
	struct strbuf buf;

	strbuf_init(&buf, parser->arena);
	strbuf_add(&buf, STR("\n--"));
	strbuf_add(&buf, multipart->boundary);
	delimiter = strbuf_str(&buf);
	multipart->multipart_depth++;
	if (find_opening(multipart->raw_body, delimiter, &line))
		split_parts(parser, multipart, delimiter, line.end);
	else
		read_unsplit(parser, multipart, delimiter);
}

static void read_inner_message(struct mime_parser *parser, struct mime_part *part)
{
	struct str text = mime_decode_transfer(parser->arena, part, part->raw_body);
	struct mime_part *child;

	if (text.len == 0)
		return;
	child = add_part(parser, part, NULL);
	if (child != NULL)
		read_message(parser, child, text);
}

static bool is_inner_message(const struct mime_parser *parser, const struct mime_part *part)
{
	struct str type = parser->reading->version == READING_4_0_3 ? part->shown_type : part->type;

	return str_eq(type, STR("message/rfc822")) || str_eq(type, STR("message/global"));
}

static void open_part(struct mime_parser *parser, struct mime_part *part)
{
	bool multipart = is_multipart(part);

	if (multipart && part->boundary.len == 0) {
		part->faults |= MIME_FAULT_NO_BOUNDARY;
		part->type = part->shown_type = STR("text/plain");
		part->is_rawbody = true;
		return;
	}
	if (!multipart && !is_inner_message(parser, part))
		return;
	if (part->depth >= parser->limits->max_depth) {
		parser->limits_hit |= MESSAGE_LIMIT_DEPTH;
		return;
	}
	if (multipart)
		read_multipart(parser, part);
	else
		read_inner_message(parser, part);
}

struct mime_part *mime_parse(struct arena *arena, struct str raw,
                             const struct message_limits *limits,
                             const struct message_reading *reading, unsigned *limits_r)
{
	struct mime_parser parser = { .arena = arena, .limits = limits, .reading = reading };
	struct mime_part *root = arena_new_object(arena, struct mime_part);

	vec_push(arena, &parser.queue, root);
	read_message(&parser, root, raw);
	for (size_t i = 0; i < parser.queue.len; i++)
		open_part(&parser, parser.queue.items[i]);
	if (reading->no_returned)
		mime_leave_out_returned(arena, root);
	if (reading->preferred_type.len > 0)
		mime_choose_alternatives(root, reading->preferred_type);
	*limits_r |= parser.limits_hit;
	return root;
}
