/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In the file of the records, in a table of its own that whoever opens it first makes. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/acts_private.h"

#define SCHEME "sqlite:"
/* How long another process may hold the file. */
#define BUSY_MS 5000

static const char set_up[] =
	"PRAGMA synchronous = FULL;"
	"CREATE TABLE IF NOT EXISTS acts (scan_id TEXT NOT NULL,"
	" recipient TEXT NOT NULL COLLATE NOCASE, verb TEXT NOT NULL, by TEXT NOT NULL,"
	" begun_us INTEGER NOT NULL, done_us INTEGER NOT NULL,"
	" PRIMARY KEY (scan_id, recipient, verb)) WITHOUT ROWID";

#define COLUMNS "scan_id, recipient, verb, by, begun_us, done_us"
#define VALUES  " INTO acts (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
#define KEY     "scan_id = ?1 AND recipient = ?2 AND verb = ?3"

static const char add_one[] = "INSERT OR IGNORE" VALUES;
static const char put_one[] = "INSERT OR REPLACE" VALUES;
static const char remove_one[] = "DELETE FROM acts WHERE " KEY;
static const char find_one[] = "SELECT " COLUMNS " FROM acts WHERE " KEY;
static const char find_all[] = "SELECT " COLUMNS " FROM acts WHERE scan_id = ?1 ORDER BY begun_us";
static const char find_table[] =
	"SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'acts'";
static const char expire[] = "DELETE FROM acts WHERE begun_us < ?5 - ?7";

struct sqlite_acts {
	struct acts_store store;
	struct sqlite3 *db;
	char *path;
	bool empty; /* there is no table, and whoever reads makes none */
};

static bool fail(const struct sqlite_acts *s, struct error *err_r)
{
	return error_set(err_r, "%s: %s", s->path, sqlite3_errmsg(s->db));
}

static bool sqlite_knows(const char *uri)
{
	return strncmp(uri, SCHEME, strlen(SCHEME)) == 0;
}

static void sqlite_close(struct acts_store *store)
{
	struct sqlite_acts *s = (struct sqlite_acts *)store;

	sqlite3_close(s->db);
	free(s->path);
	free(s);
}

static bool open_database(struct sqlite_acts *s, struct error *err_r)
{
	if (sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK)
		return fail(s, err_r);
	if (sqlite3_db_readonly(s->db, "main") != 0)
		return error_set(err_r, "%s: cannot be written; check its permissions and the disk",
		                 s->path);
	sqlite3_busy_timeout(s->db, BUSY_MS);
	return sqlite3_exec(s->db, set_up, NULL, NULL, NULL) == SQLITE_OK || fail(s, err_r);
}

static bool has_table(const struct sqlite_acts *s, bool *has_r, struct error *err_r)
{
	sqlite3_stmt *statement;
	int step;

	if (sqlite3_prepare_v2(s->db, find_table, -1, &statement, NULL) != SQLITE_OK)
		return fail(s, err_r);
	step = sqlite3_step(statement);
	*has_r = step == SQLITE_ROW;
	sqlite3_finalize(statement);
	return step == SQLITE_ROW || step == SQLITE_DONE || fail(s, err_r);
}

static bool open_reader(struct sqlite_acts *s, struct error *err_r)
{
	bool has = false;

	if (sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK)
		return fail(s, err_r);
	sqlite3_busy_timeout(s->db, BUSY_MS);
	if (!has_table(s, &has, err_r))
		return false;
	s->empty = !has;
	return true;
}

static struct acts_store *sqlite_open(const char *uri, bool reader, struct error *err_r)
{
	struct sqlite_acts *s = memory_calloc(1, sizeof(*s));

	s->store.backend = &acts_sqlite;
	s->path = memory_strdup(uri + strlen(SCHEME));
	if (reader ? open_reader(s, err_r) : open_database(s, err_r))
		return &s->store;
	sqlite_close(&s->store);
	return NULL;
}

static void bind_text(sqlite3_stmt *statement, int i, struct str text)
{
	sqlite3_bind_text(statement, i, text.len > 0 ? text.data : "", (int)text.len,
	                  SQLITE_STATIC);
}

/* Parameters that a statement doesn't have are left out. */
static sqlite3_stmt *prepare(struct sqlite_acts *s, const char *sql, const struct act *act,
                             struct error *err_r)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL) != SQLITE_OK) {
		fail(s, err_r);
		return NULL;
	}
	bind_text(statement, 1, act->scan_id);
	bind_text(statement, 2, act->recipient);
	bind_text(statement, 3, act->verb);
	bind_text(statement, 4, act->by);
	sqlite3_bind_int64(statement, 5, act->begun_us);
	sqlite3_bind_int64(statement, 6, act->done_us);
	sqlite3_bind_int64(statement, 7, INT64_C(1000000) * ACTS_KEEP_S);
	return statement;
}

static bool run(struct sqlite_acts *s, const char *sql, const struct act *act, struct error *err_r)
{
	sqlite3_stmt *statement = prepare(s, sql, act, err_r);
	bool ok = statement != NULL && (sqlite3_step(statement) == SQLITE_DONE || fail(s, err_r));

	sqlite3_finalize(statement);
	return ok;
}

static struct str text_of(sqlite3_stmt *statement, int column, struct arena *arena)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);
	int len = sqlite3_column_bytes(statement, column);

	return text != NULL ? arena_str(arena, (struct str){ text, (size_t)len }) : STR("");
}

static bool query(struct sqlite_acts *s, const char *sql, const struct act *key,
                  struct arena *arena, struct act_list *acts, struct error *err_r)
{
	sqlite3_stmt *statement = prepare(s, sql, key, err_r);
	int step = SQLITE_ERROR;

	while (statement != NULL && (step = sqlite3_step(statement)) == SQLITE_ROW) {
		struct act act = {
			.scan_id = text_of(statement, 0, arena),
			.recipient = text_of(statement, 1, arena),
			.verb = text_of(statement, 2, arena),
			.by = text_of(statement, 3, arena),
			.begun_us = sqlite3_column_int64(statement, 4),
			.done_us = sqlite3_column_int64(statement, 5),
		};

		vec_push(arena, acts, act);
	}
	if (statement != NULL && step != SQLITE_DONE)
		fail(s, err_r);
	sqlite3_finalize(statement);
	return step == SQLITE_DONE;
}

static bool sqlite_add(struct acts_store *store, struct arena *arena, const struct act *act,
                       bool *added_r, struct act *before_r, struct error *err_r)
{
	struct sqlite_acts *s = (struct sqlite_acts *)store;
	struct act_list found = { 0 };

	if (!run(s, expire, act, err_r) || !run(s, add_one, act, err_r))
		return false;
	*added_r = sqlite3_changes(s->db) > 0;
	if (*added_r)
		return true;
	if (!query(s, find_one, act, arena, &found, err_r))
		return false;
	if (found.len > 0)
		*before_r = found.items[0];
	return true;
}

static bool sqlite_put(struct acts_store *store, const struct act *act, struct error *err_r)
{
	return run((struct sqlite_acts *)store, put_one, act, err_r);
}

static bool sqlite_remove(struct acts_store *store, const struct act *act, struct error *err_r)
{
	return run((struct sqlite_acts *)store, remove_one, act, err_r);
}

static bool sqlite_read(struct acts_store *store, struct arena *arena, struct str scan_id,
                        struct act_list *acts_r, struct error *err_r)
{
	const struct sqlite_acts *s = (const struct sqlite_acts *)store;
	struct act key = { .scan_id = scan_id };

	return s->empty || query((struct sqlite_acts *)store, find_all, &key, arena, acts_r, err_r);
}

const struct acts_backend acts_sqlite = {
	.knows = sqlite_knows,
	.open = sqlite_open,
	.close = sqlite_close,
	.add = sqlite_add,
	.put = sqlite_put,
	.remove = sqlite_remove,
	.read = sqlite_read,
};
