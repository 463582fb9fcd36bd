/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of the SQLite store share: store_sqlite.c opens, store_sqlite_write.c writes and
 * removes, store_sqlite_read.c reads. Nothing else includes this.
 */
#ifndef STORE_STORE_SQLITE_H
#define STORE_STORE_SQLITE_H

#include "store/store_private.h"

struct sqlite3;
struct sqlite3_stmt;

#define SQLITE_STORE_STATEMENTS 24

struct sqlite_store {
	struct store store;
	struct sqlite3 *db;
	char *path;
	struct sqlite3_stmt *statements[SQLITE_STORE_STATEMENTS]; /* prepared when first used */
	bool has_offers;     /* in this transaction: something is unanswered */
	bool failing_vacuum; /* said once that the file cannot be made smaller */
};

/* False, with what SQLite says and what to do. */
bool sqlite_store_fail(const struct sqlite_store *s, struct error *err_r, const char *doing);
/* Runs a text; `doing` is for the error. */
bool sqlite_store_execute(const struct sqlite_store *s, const char *sql, struct error *err_r,
                          const char *doing);
/* One value of a statement without parameters. */
bool sqlite_store_read_int(const struct sqlite_store *s, const char *sql, int64_t *value_r,
                           struct error *err_r);
/* Binds what is valid until the statement is reset; NULL as "". */
void sqlite_store_bind_text(struct sqlite3_stmt *statement, int i, const char *text);

/* As in struct store_backend. */
bool sqlite_store_write(struct store *store, const struct record *records, size_t count,
                        struct error *err_r);
bool sqlite_store_retract(struct store *store, const struct record *records, size_t count,
                          struct error *err_r);
bool sqlite_store_expire(struct store *store, const struct store_retention *retention, size_t limit,
                         struct store_expiry *expiry_r, struct error *err_r);
bool sqlite_store_read(struct store *store, const struct store_query *query, store_visit *visit,
                       void *context, struct error *err_r);
bool sqlite_store_read_groups(struct store *store, const struct store_query *query,
                              store_visit_group *visit, void *context, struct error *err_r);
bool sqlite_store_newest_id(struct store *store, int64_t *id_r, struct error *err_r);
bool sqlite_store_read_counts(struct store *store, int64_t since_us, const char *domain,
                              store_visit_count *visit, void *context, struct error *err_r);

#endif
