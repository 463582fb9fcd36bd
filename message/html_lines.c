/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From rendered text with marks in it to its lines, as SpamAssassin 4.0.3 makes them. */
#include "message/html_private.h"

struct line_writer {
	char *out;
	size_t len;
	bool after_line_feed; /* a space that comes next goes away */
};

static void write_space(struct line_writer *w)
{
	if (!w->after_line_feed && w->len > 0)
		w->out[w->len++] = ' ';
	w->after_line_feed = false;
}

static void write_char(struct line_writer *w, char c)
{
	w->out[w->len++] = c;
	w->after_line_feed = false;
}

static void write_line_feed(struct line_writer *w)
{
	if (w->len > 0 && w->out[w->len - 1] == ' ')
		w->len--;
	w->out[w->len++] = '\n';
	w->after_line_feed = true;
}

static bool is_gap(char c)
{
	return c == ' ' || c == HTML_MARK_PARAGRAPH;
}

/* Writes what spaces and marks of paragraphs make together; returns the offset after them. */
static size_t write_gap(struct line_writer *w, struct str text, size_t at)
{
	bool is_paragraph = false;

	for (; at < text.len && is_gap(text.data[at]); at++)
		is_paragraph |= text.data[at] == HTML_MARK_PARAGRAPH;
	if (is_paragraph) {
		write_line_feed(w);
		write_line_feed(w);
	} else {
		write_space(w);
	}
	return at;
}

static void write_text(struct line_writer *w, struct str text)
{
	for (size_t i = 0; i < text.len;) {
		char c = text.data[i];

		if (is_gap(c)) {
			i = write_gap(w, text, i);
		} else if (c == '\xC2' && i + 1 < text.len && text.data[i + 1] == '\xA0') {
			write_space(w);
			i += 2;
		} else {
			if (c == HTML_MARK_BLOCK_END)
				write_space(w);
			else if (c == '\n')
				write_line_feed(w);
			else
				write_char(w, c);
			i++;
		}
	}
}

/* Without spaces at the end, also in front of a line feed that is the last character. */
static void drop_last_spaces(struct line_writer *w)
{
	bool line_feed = w->len > 0 && w->out[w->len - 1] == '\n';

	w->len -= line_feed;
	while (w->len > 0 && w->out[w->len - 1] == ' ')
		w->len--;
	if (line_feed)
		w->out[w->len++] = '\n';
}

struct str html_lines(struct arena *arena, struct str marked)
{
	/* a mark becomes two line feeds at most */
	struct line_writer w = { .out = arena_alloc(arena, 2 * marked.len + 1) };
	bool line_feed = marked.len > 0 && marked.data[marked.len - 1] == '\n';
	size_t start = 0;

	marked.len -= line_feed;
	while (marked.len > 0 && is_gap(marked.data[marked.len - 1]))
		marked.len--;
	while (start < marked.len && is_gap(marked.data[start]))
		start++;
	write_text(&w, str_from_offset(marked, start));
	if (line_feed)
		write_line_feed(&w);
	drop_last_spaces(&w);
	return (struct str){ w.out, w.len };
}
