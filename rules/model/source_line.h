/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of rule files, and the places in the file of what was read from them. */
#ifndef RULES_MODEL_SOURCE_LINE_H
#define RULES_MODEL_SOURCE_LINE_H

#include "base/error.h"
#include "base/str.h"

/* A line of a rule file, kept so that problems found later can name its column. */
struct source_line {
	const char *file;
	unsigned number;
	struct str raw;  /* as in the file */
	struct str text; /* without comment and outer space, \# read as # */
};

/* Where a byte of line->text, or of a slice of it, stands in the file. */
struct source_position source_line_position(const struct source_line *line, const char *at);

#endif
