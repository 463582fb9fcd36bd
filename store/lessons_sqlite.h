/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of the SQLite journal of lessons share: lessons_sqlite.c opens,
 * lessons_sqlite_write.c adds and takes out, lessons_sqlite_read.c reads. Nothing else includes
 * this.
 */
#ifndef STORE_LESSONS_SQLITE_H
#define STORE_LESSONS_SQLITE_H

#include <limits.h>
#include <sys/types.h>

#include "store/lessons_private.h"

struct sqlite3;
struct sqlite3_stmt;

#define LESSONS_SQLITE_STATEMENTS 16

struct sqlite_lessons {
	struct lessons lessons;
	struct sqlite3 *db; /* NULL: it isn't open, or not there */
	char *path;
	ino_t inode;                                                /* of what is open */
	bool damaged;                                               /* why it couldn't be opened */
	struct sqlite3_stmt *statements[LESSONS_SQLITE_STATEMENTS]; /* prepared when first used */
	struct sqlite3_stmt *version;                               /* for lessons_wait() */
	int64_t seen_version; /* what it said; and which file it was */
	ino_t seen_inode;
};

/* False, with what SQLite says and what to do. */
bool lessons_sqlite_fail(const struct sqlite_lessons *l, struct error *err_r, const char *doing);
bool lessons_sqlite_execute(const struct sqlite_lessons *l, const char *sql, struct error *err_r);
/* NULL with the reason. */
struct sqlite3_stmt *lessons_sqlite_prepare(const struct sqlite_lessons *l, const char *sql,
                                            struct error *err_r);
/* Opens the file that has the name now. False with the reason, or with an empty one for a reader
 * where there is no file. */
bool lessons_sqlite_is_there(struct sqlite_lessons *l, struct error *err_r);

/* A row of the columns LESSONS_SQLITE_COLUMNS, valid until the next step. */
#define LESSONS_SQLITE_COLUMNS                                                                     \
	"position, message, label, source, time_us, log_odds, version, features, checksum"
void lessons_sqlite_row(struct sqlite3_stmt *statement, struct lessons_found *found_r);
/* The number of a scope; 0 where it has never had a row. */
bool lessons_sqlite_scope(struct sqlite_lessons *l, const char *scope, int64_t *id_r,
                          struct error *err_r);

/* As in struct lessons_backend. */
bool lessons_sqlite_key(struct lessons *lessons, const unsigned char *proposed,
                        unsigned char key_r[LEARN_KEY_BYTES], bool *exists_r, struct error *err_r);
bool lessons_sqlite_take_key(struct lessons *lessons, const unsigned char key[LEARN_KEY_BYTES],
                             struct error *err_r);
bool lessons_sqlite_add(struct lessons *lessons, const char *scope, struct lesson_row *rows,
                        size_t count, enum lesson_outcome *outcomes_r, struct error *err_r);
bool lessons_sqlite_forget(struct lessons *lessons, const char *scope, const char *message,
                           bool *found_r, struct error *err_r);
bool lessons_sqlite_set_aside(struct lessons *lessons, const char *scope,
                              struct lessons_position at, struct error *err_r);
bool lessons_sqlite_expire(struct lessons *lessons, const char *scope,
                           const struct lessons_limits *limits, size_t *dropped_r,
                           struct error *err_r);
bool lessons_sqlite_read_state(struct lessons *lessons, const char *scope,
                               struct lessons_state *state_r, struct error *err_r);
bool lessons_sqlite_read_scopes(struct lessons *lessons, lessons_visit_scope *visit, void *context,
                                struct error *err_r);
bool lessons_sqlite_read_counts(struct lessons *lessons, const char *scope,
                                struct lessons_counts *counts_r, struct error *err_r);
bool lessons_sqlite_read(struct lessons *lessons, const char *scope, struct lessons_position from,
                         lessons_visit *visit, void *context, struct error *err_r);
bool lessons_sqlite_read_newest(struct lessons *lessons, const char *scope, size_t count,
                                lessons_visit *visit, void *context, struct error *err_r);
bool lessons_sqlite_wait(struct lessons *lessons, int timeout_ms);

#endif
