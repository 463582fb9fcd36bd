/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lessons as a file, to take them to another store or to keep them: the site's key, then the rows
 * of all scopes in their order. It is read strictly: as a whole, or not at all. Pure.
 */
#ifndef STORE_LESSONS_FILE_H
#define STORE_LESSONS_FILE_H

#include "base/error.h"
#include "base/strbuf.h"
#include "learn/learn_key.h"
#include "store/lesson_row.h"

/* Append the parts of a file: the start, each row, and the end with the number of rows. */
void lessons_file_begin(struct strbuf *buf, const unsigned char key[LEARN_KEY_BYTES]);
void lessons_file_add(struct strbuf *buf, const char *scope, const struct lesson_row *row);
void lessons_file_end(struct strbuf *buf, uint64_t count);

/* The rows of a file, and where reading it has come to. */
struct lessons_file {
	unsigned char key[LEARN_KEY_BYTES];
	struct str whole, rest;
	uint64_t count; /* rows so far */
	bool ended;
};

/* The text must stay. False with the reason where it is no such file. */
bool lessons_file_open(struct lessons_file *file_r, struct str text, struct error *err_r);
/*
 * The next row with its scope, in the arena; false at the end (then `ended`), or with the reason
 * where something is wrong: damaged, cut off, of a later version.
 */
bool lessons_file_next(struct lessons_file *file, struct arena *arena, const char **scope_r,
                       struct lesson_row *row_r, struct error *err_r);

#endif
