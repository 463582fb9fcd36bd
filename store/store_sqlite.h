/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of the SQLite store share: store_sqlite.c opens, store_sqlite_write.c writes and
 * removes, store_sqlite_read.c reads, store_sqlite_check.c looks for damage, store_sqlite_file.c
 * looks after the files by their names. Nothing else includes this.
 */
#ifndef STORE_STORE_SQLITE_H
#define STORE_STORE_SQLITE_H

#include <sys/types.h>

#include "store/store_private.h"

struct sqlite3;
struct sqlite3_stmt;

#define SQLITE_STORE_STATEMENTS 24

/* The database, its write-ahead log, and the index of that; zeros for one that isn't there. */
#define SQLITE_STORE_FILES 3
struct sqlite_file_id {
	dev_t device;
	ino_t inode;
};

struct sqlite_store {
	struct store store;
	struct sqlite3 *db; /* NULL where it could not be opened again */
	char *path;
	bool reader;
	struct sqlite_file_id files[SQLITE_STORE_FILES]; /* as they were opened */
	int code;                                        /* SQLite's, of what failed last */
	struct sqlite3_stmt *statements[SQLITE_STORE_STATEMENTS]; /* prepared when first used */
	bool has_offers;     /* in this transaction: something is unanswered */
	bool failing_vacuum; /* said once that the file cannot be made smaller */
};

/* False, with what SQLite says and what to do. */
bool store_sqlite_fail(const struct sqlite_store *s, struct error *err_r, const char *doing);
/* Runs a text; `doing` is for the error. */
bool store_sqlite_execute(const struct sqlite_store *s, const char *sql, struct error *err_r,
                          const char *doing);
/* One value of a statement without parameters. */
bool store_sqlite_read_int(const struct sqlite_store *s, const char *sql, int64_t *value_r,
                           struct error *err_r);
/* Binds what is valid until the statement is reset; NULL as "". */
void store_sqlite_bind_text(struct sqlite3_stmt *statement, int i, const char *text);

void store_sqlite_close_database(struct sqlite_store *s);
/* Opens `path` for writing, once more; a damaged file is set aside. */
bool store_sqlite_reopen(struct sqlite_store *s, struct error *err_r);

/* Remembers which files have the names now. */
void store_sqlite_note_files(struct sqlite_store *s);
/* True while somebody who opens the names now gets what we have open. */
bool store_sqlite_is_current(const struct sqlite_store *s);
/* True where a new reader finds each record that waits for an answer. */
bool store_sqlite_is_findable(struct sqlite_store *s, const struct record *records, size_t count,
                              struct error *err_r);
/* True for what only a damaged file, or one that is no database, gives. */
bool store_sqlite_is_damage(int code);
/* Renames the files, which must not be open, and says so. False where that is not possible. */
bool store_sqlite_set_aside(const struct sqlite_store *s, const char *why, struct error *err_r);

/* What makes a record the same as another: parameters 1 to 7 of SQLITE_STORE_FIND_RECORD. */
#define SQLITE_STORE_FIND_RECORD                                                                   \
	"SELECT id FROM records WHERE CASE queue_id WHEN '' THEN scan_id ELSE queue_id END ="      \
	" CASE ?2 WHEN '' THEN ?3 ELSE ?2 END AND recipient = ?4 AND destination = ?5"             \
	" AND kind = ?1 AND message_id = ?6 AND content = ?7"
void store_sqlite_bind_key(struct sqlite3_stmt *statement, const struct record *record);

/* As in struct store_backend. */
bool store_sqlite_look_for_damage(struct store *store, struct deadline deadline, bool *whole_r,
                                  struct error *err_r);
bool store_sqlite_write(struct store *store, const struct record *records, size_t count,
                        struct error *err_r);
bool store_sqlite_retract(struct store *store, const struct record *records, size_t count,
                          struct error *err_r);
bool store_sqlite_expire(struct store *store, const struct store_retention *retention, size_t limit,
                         struct store_expiry *expiry_r, struct error *err_r);
bool store_sqlite_read(struct store *store, const struct store_query *query, store_visit *visit,
                       void *context, struct error *err_r);
bool store_sqlite_read_groups(struct store *store, const struct store_query *query,
                              store_visit_group *visit, void *context, struct error *err_r);
bool store_sqlite_read_ids(struct store *store, const int64_t *ids, size_t count,
                           store_visit *visit, void *context, struct error *err_r);
bool store_sqlite_count_spans(struct store *store, enum record_kind kind, const char *account,
                              const int64_t *bounds_us, size_t span_count, int64_t *counts_r,
                              struct error *err_r);
bool store_sqlite_first_id(struct store *store, int64_t since_us, int64_t *id_r,
                           struct error *err_r);
bool store_sqlite_newest_id(struct store *store, int64_t *id_r, struct error *err_r);
bool store_sqlite_read_counts(struct store *store, int64_t since_us, const char *domain,
                              store_visit_count *visit, void *context, struct error *err_r);

#endif
