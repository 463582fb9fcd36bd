/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/lines.h"

#include "base/strbuf.h"
#include "base/utf8.h"

/* Postfix cuts the lines of an :include: file at 2048 bytes, Sendmail all at 8192. */
#define INCLUDED_LINE_MAX 2000
#define LOGICAL_LINE_MAX  8000

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

void lines_init(struct line_reader *reader, struct arena *arena, const char *path, struct str text)
{
	*reader = (struct line_reader){ .arena = arena, .path = path, .rest = text };
	reader->has_mark = str_starts(text, STR(BYTE_ORDER_MARK));
	if (reader->has_mark)
		reader->rest = str_from_offset(text, strlen(BYTE_ORDER_MARK));
}

/* What is odd about the first line, or any: an MTA leaves it out, or takes something else for it.
 */
static void judge(const struct line_reader *reader, struct logical_line *line, size_t max)
{
	if (reader->has_mark && line->at.line == 1)
		line->doubt = "has a byte order mark in front";
	else if (!utf8_is_valid(line->text))
		line->doubt = "is not UTF-8";
	else if (str_find_char(line->text, '\0') >= 0)
		line->doubt = "has a NUL in it";
	else if (line->text.len > max)
		line->doubt = "is very long";
}

static bool is_blank(struct str line)
{
	struct str visible = str_trim_left(line);

	return visible.len == 0 || visible.data[0] == '#';
}

/* Takes the next line with something in it; `continuation`: only one that begins with space. */
static bool take_line(struct line_reader *reader, bool continuation, struct logical_line *whole,
                      struct str *line_r)
{
	bool between = false;

	for (;;) {
		struct str rest = reader->rest, line;

		if (!str_next_line(&rest, &line))
			return false;
		if (!is_blank(line) && continuation && !char_is_space(line.data[0]))
			return false;
		reader->rest = rest;
		reader->line++;
		if (!is_blank(line)) {
			*line_r = line;
			whole->interrupted |= between;
			return true;
		}
		between = continuation;
	}
}

bool lines_next(struct line_reader *reader, struct logical_line *line_r)
{
	struct str line;
	struct strbuf buf;

	*line_r = (struct logical_line){ 0 };
	if (!take_line(reader, false, line_r, &line))
		return false;
	line_r->at = (struct source_position){ reader->path, reader->line, 1 };
	line_r->orphan = char_is_space(line.data[0]);
	line_r->text = str_trim_right(line);
	while (take_line(reader, true, line_r, &line)) {
		if (!line_r->joined) {
			strbuf_init(&buf, reader->arena);
			strbuf_add(&buf, line_r->text);
			line_r->joined = true;
		}
		strbuf_add(&buf, str_trim_right(line));
	}
	if (line_r->joined)
		line_r->text = strbuf_str(&buf);
	judge(reader, line_r, LOGICAL_LINE_MAX);
	return true;
}

bool lines_next_alone(struct line_reader *reader, struct logical_line *line_r)
{
	struct str line;

	while (str_next_line(&reader->rest, &line)) {
		reader->line++;
		if (str_trim(line).len == 0 || line.data[0] == '#')
			continue;
		*line_r = (struct logical_line){ .text = str_trim_right(line) };
		line_r->at = (struct source_position){ reader->path, reader->line, 1 };
		judge(reader, line_r, INCLUDED_LINE_MAX);
		if (is_blank(line))
			line_r->doubt = "may be a comment or not";
		return true;
	}
	return false;
}

struct source_position line_position(const struct logical_line *line, struct str part)
{
	struct source_position at = line->at;

	at.column = line->joined ? 0 : (unsigned)(part.data - line->text.data) + 1;
	return at;
}
