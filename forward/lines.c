/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/lines.h"

#include "base/strbuf.h"

void lines_init(struct line_reader *reader, struct arena *arena, const char *path, struct str text)
{
	*reader = (struct line_reader){ .arena = arena, .path = path, .rest = text };
}

static bool is_blank(struct str line)
{
	struct str visible = str_trim_left(line);

	return visible.len == 0 || visible.data[0] == '#';
}

/* Takes the next line with something in it; `continuation`: only one that begins with space. */
static bool take_line(struct line_reader *reader, bool continuation, struct str *line_r)
{
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
			return true;
		}
	}
}

bool lines_next(struct line_reader *reader, struct logical_line *line_r)
{
	struct str line;
	struct strbuf buf;

	*line_r = (struct logical_line){ 0 };
	if (!take_line(reader, false, &line))
		return false;
	line_r->at = (struct source_position){ reader->path, reader->line, 1 };
	line_r->orphan = char_is_space(line.data[0]);
	line_r->text = str_trim_right(line);
	while (take_line(reader, true, &line)) {
		if (!line_r->joined) {
			strbuf_init(&buf, reader->arena);
			strbuf_add(&buf, line_r->text);
			line_r->joined = true;
		}
		strbuf_add_char(&buf, '\n');
		strbuf_add(&buf, str_trim_right(line));
	}
	if (line_r->joined)
		line_r->text = strbuf_str(&buf);
	return true;
}

struct source_position line_position(const struct logical_line *line, struct str part)
{
	struct source_position at = line->at;

	at.column = line->joined ? 0 : (unsigned)(part.data - line->text.data) + 1;
	return at;
}
