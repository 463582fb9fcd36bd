/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of people in SQLite share: people_sqlite.c opens, reads and learns,
 * people_sqlite_lists.c changes lists. Nothing else includes this.
 */
#ifndef STORE_PEOPLE_SQLITE_H
#define STORE_PEOPLE_SQLITE_H

#include <sys/types.h>

#include "store/people_private.h"

struct sqlite3;
struct sqlite3_stmt;

#define PEOPLE_STATEMENTS 24

struct people_sqlite {
	struct people_store store;
	struct sqlite3 *db;
	char *path;
	dev_t device; /* of the file that is open */
	ino_t inode;
	int64_t checked_us; /* when it was last looked whether it still has the name */
	struct deadline deadline;
	/* Prepared when first used; the text of each. */
	struct sqlite3_stmt *statements[PEOPLE_STATEMENTS];
	const char *texts[PEOPLE_STATEMENTS];
};

bool people_sqlite_fail(const struct people_sqlite *s, struct error *err_r);
/* A prepared statement by its text, which is the same pointer each time; NULL with the reason. */
struct sqlite3_stmt *people_sqlite_prepare(struct people_sqlite *s, const char *text,
                                           struct error *err_r);
void people_sqlite_bind(struct sqlite3_stmt *statement, int i, struct str text);
/* A column, in the arena. */
struct str people_sqlite_text(struct sqlite3_stmt *statement, int column, struct arena *arena);
/* Runs a statement that gives nothing, and resets it. */
bool people_sqlite_run(struct people_sqlite *s, struct sqlite3_stmt *statement,
                       struct error *err_r);

/* As in struct people_backend. */
bool people_sqlite_enter(struct people_store *store, const struct people_entry *entry,
                         bool *changed_r, struct error *err_r);
bool people_sqlite_remove(struct people_store *store, const struct people_entry *entry,
                          bool *changed_r, struct error *err_r);
bool people_sqlite_show(struct people_store *store, struct arena *arena, enum people_list list,
                        const struct str *scope, struct people_entry_list *entries_r,
                        struct error *err_r);

#endif
