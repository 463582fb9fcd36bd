/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/screen.h"

#include <sys/ioctl.h>

#include "base/strbuf.h"
#include "base/utf8.h"

struct screen_size screen_size(FILE *terminal)
{
	struct winsize size;

	if (ioctl(fileno(terminal), TIOCGWINSZ, &size) != 0)
		return (struct screen_size){ 0 };
	return (struct screen_size){ .rows = size.ws_row, .columns = size.ws_col };
}

static size_t rows_of(struct str line, unsigned columns)
{
	size_t characters = 0;

	while (line.len > 0) {
		size_t len = utf8_char_len(line);

		line = str_from_offset(line, len > 0 ? len : 1);
		characters++;
	}
	return columns == 0 || characters == 0 ? 1 : (characters + columns - 1) / columns;
}

static size_t lines_of(struct str text)
{
	struct str line;
	size_t lines = 0;

	while (str_next_line(&text, &line))
		lines++;
	return lines;
}

/* How much of the text's begin takes no more rows than these. */
static size_t fitting(struct str text, size_t rows, unsigned columns)
{
	struct str rest = text, before = text, line;
	size_t taken = 0;

	while (str_next_line(&rest, &line) && (taken += rows_of(line, columns)) <= rows)
		before = rest;
	return text.len - before.len;
}

struct str screen_fit(struct arena *arena, struct str text, struct screen_size size)
{
	size_t rows = size.rows > 1 ? size.rows - 1 : size.rows;
	struct strbuf fit;
	size_t len;

	if (rows == 0 || fitting(text, rows, size.columns) == text.len)
		return text;
	len = fitting(text, rows - 1, size.columns);
	strbuf_init(&fit, arena);
	strbuf_add(&fit, str_prefix(text, len));
	strbuf_printf(&fit, "(%zu more)\n", lines_of(str_from_offset(text, len)));
	return strbuf_str(&fit);
}

void screen_show(FILE *terminal, struct arena *arena, struct str text)
{
	text = screen_fit(arena, text, screen_size(terminal));
	/* From the top, of which nothing is left. */
	fprintf(terminal, "\033[H\033[2J%.*s", STR_FMT(text));
}
