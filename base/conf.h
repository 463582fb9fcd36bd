/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The syntax of a configuration file, without knowledge of its keys: lines "key value", sections
 * "[kind name …]", comments from a "#" at the start of a line or after white space, and values in
 * double quotes where spaces at the ends or a "#" matter (\" and \\ inside). Everything lives in
 * the arena. Every mistake is reported, not only the first.
 */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include "base/problems.h"

struct conf_line {
	struct str key;
	struct str value;                /* without quotes; empty where there is none */
	bool quoted;                     /* it was in quotes */
	struct source_position at;       /* of the key */
	struct source_position value_at; /* of the value, or after the key */
};

struct conf_line_list {
	vec_members(struct conf_line);
};

struct conf_section {
	struct str kind; /* empty for the lines before the first section */
	struct str name; /* what follows the kind */
	struct source_position at;
	struct source_position name_at;
	struct conf_line_list lines;
};

struct conf {
	vec_members(struct conf_section); /* item 0 has the lines before the first section */
};

/* Largest file that is read, bytes. */
#define CONF_FILE_MAX (4 * 1024 * 1024)

/* Splits `text`; `path` is what messages name. Appends to `conf`. */
void conf_parse(struct arena *arena, struct str text, const char *path, struct conf *conf,
                struct problems *problems);

/* Reads a whole file into the arena; false with a problem added where it can't be read. */
bool conf_read_file(struct arena *arena, const char *path, struct str *text_r,
                    struct problems *problems);

#endif
