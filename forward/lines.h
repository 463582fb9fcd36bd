/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Logical lines of Postfix's table sources and of aliases(5): a line that begins with white space
 * continues the one before; empty lines and lines whose first visible character is "#" are left
 * out, also between continuations. Slices of the text, or of the arena where lines were joined.
 */
#ifndef FORWARD_LINES_H
#define FORWARD_LINES_H

#include "base/error.h"

struct line_reader {
	struct arena *arena;
	const char *path;
	struct str rest;
	unsigned line; /* number of the last line taken from rest */
	bool has_mark; /* the text began with a byte order mark, which is left out */
};

struct logical_line {
	struct str
		text; /* without white space at the end; continuations with that at their start */
	struct source_position at; /* of its first line; column 1 */
	bool joined;               /* made of several lines, so columns mean nothing */
	bool orphan;               /* begins with white space: a continuation of nothing */
	bool interrupted;          /* goes on after a comment or an empty line */
	const char *doubt;         /* what MTAs read in their own ways, "is not UTF-8"; or NULL */
};

void lines_init(struct line_reader *reader, struct arena *arena, const char *path, struct str text);
/* False at the end. */
bool lines_next(struct line_reader *reader, struct logical_line *line_r);
/* The same if each line is by itself, as in an :include: file: white space at its start means
 * nothing, and only "#" in its first column makes a comment. */
bool lines_next_alone(struct line_reader *reader, struct logical_line *line_r);

/* The position of `part`, a slice of line->text. */
struct source_position line_position(const struct logical_line *line, struct str part);

#endif
