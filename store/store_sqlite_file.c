/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The files behind their names. Whoever opens PATH must find what we wrote: where PATH, PATH-wal or
 * PATH-shm were removed, renamed or replaced, SQLite goes on with what it has open, and nobody else
 * sees it.
 */
#include "store/store_sqlite.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/log.h"
#include "base/memory.h"

static const char *const suffixes[SQLITE_STORE_FILES] = { "", "-wal", "-shm" };

/* malloc'd. */
static char *file_name(const char *path, const char *end)
{
	size_t size = strlen(path) + strlen(end) + 1;
	char *name = memory_alloc(size);

	snprintf(name, size, "%s%s", path, end);
	return name;
}

static struct sqlite_file_id identify(const char *path, const char *suffix)
{
	char *name = file_name(path, suffix);
	struct sqlite_file_id id = { 0 };
	struct stat st;

	if (stat(name, &st) == 0)
		id = (struct sqlite_file_id){ st.st_dev, st.st_ino };
	free(name);
	return id;
}

void store_sqlite_note_files(struct sqlite_store *s)
{
	for (size_t i = 0; i < SQLITE_STORE_FILES; i++)
		s->files[i] = identify(s->path, suffixes[i]);
}

bool store_sqlite_is_current(const struct sqlite_store *s)
{
	int moved = 0;

	for (size_t i = 0; i < SQLITE_STORE_FILES; i++) {
		struct sqlite_file_id id = identify(s->path, suffixes[i]);

		if (id.inode != s->files[i].inode || id.device != s->files[i].device)
			return false;
	}
	/* Replaced between its opening and its noting. */
	return sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) != SQLITE_OK ||
	       moved == 0;
}

/* A reader's failure, in its own words. */
static bool reader_fails(struct sqlite_store *s, sqlite3 *db, struct error *err_r)
{
	s->code = sqlite3_errcode(db);
	return error_set(err_r, "%s: what was written cannot be read: %s", s->path,
	                 sqlite3_errmsg(db));
}

static bool find(struct sqlite_store *s, sqlite3 *db, sqlite3_stmt *statement,
                 const struct record *record, struct error *err_r)
{
	int step;

	store_sqlite_bind_key(statement, record);
	step = sqlite3_step(statement);
	sqlite3_reset(statement);
	if (step == SQLITE_DONE)
		return error_set(err_r, "%s: what was written is not there for others", s->path);
	return step == SQLITE_ROW || reader_fails(s, db, err_r);
}

static bool find_all(struct sqlite_store *s, sqlite3 *db, const struct record *records,
                     size_t count, struct error *err_r)
{
	sqlite3_stmt *statement;
	bool ok = true;

	if (sqlite3_prepare_v2(db, SQLITE_STORE_FIND_RECORD, -1, &statement, NULL) != SQLITE_OK)
		return reader_fails(s, db, err_r);
	for (size_t i = 0; ok && i < count; i++)
		if (store_awaits_answer(&records[i]) && !records[i].answered)
			ok = find(s, db, statement, &records[i], err_r);
	sqlite3_finalize(statement);
	return ok;
}

bool store_sqlite_is_findable(struct sqlite_store *s, const struct record *records, size_t count,
                              struct error *err_r)
{
	sqlite3 *db = NULL;
	bool ok, any = false;

	for (size_t i = 0; !any && i < count; i++)
		any = store_awaits_answer(&records[i]) && !records[i].answered;
	if (!any)
		return true;
	ok = sqlite3_open_v2(s->path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) ==
	             SQLITE_OK ||
	     reader_fails(s, db, err_r);
	ok = ok && find_all(s, db, records, count, err_r);
	sqlite3_close(db);
	return ok;
}

/* Damage. */

bool store_sqlite_is_damage(int code)
{
	return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

static bool is_free(const char *name)
{
	struct stat st;

	return lstat(name, &st) != 0 && errno == ENOENT;
}

/* "PATH.damaged-20240131-235959", or with a number after it; malloc'd. */
static char *aside_name(const char *path)
{
	time_t now = time(NULL);
	char stamp[48], end[64];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), ".damaged-%Y%m%d-%H%M%S", &tm);
	snprintf(end, sizeof(end), "%s", stamp);
	for (int i = 1;; i++) {
		char *name = file_name(path, end);

		if (is_free(name) || i == 100)
			return name;
		free(name);
		snprintf(end, sizeof(end), "%s-%d", stamp, i);
	}
}

static bool move_file(const char *path, const char *to, const char *suffix)
{
	char *old = file_name(path, suffix), *new = file_name(to, suffix);
	bool ok = rename(old, new) == 0 || (errno == ENOENT && suffix[0] != '\0');

	free(old);
	free(new);
	return ok;
}

bool store_sqlite_set_aside(const struct sqlite_store *s, const char *why, struct error *err_r)
{
	char *to = aside_name(s->path);
	char reason[sizeof(err_r->text)];
	struct stat st;
	bool ok;

	snprintf(reason, sizeof(reason), "%s", why);
	ok = stat(s->path, &st) == 0 && S_ISREG(st.st_mode);
	/* The log belongs to the file: what it holds would be taken for the new one's. */
	for (size_t i = SQLITE_STORE_FILES; ok && i-- > 0;)
		ok = move_file(s->path, to, suffixes[i]);
	if (ok)
		log_error(NULL,
		          "store: %s: it was moved to %s, and a new one is begun; bring back what "
		          "it still holds with assay store recover %s",
		          reason, to, to);
	else
		error_set(err_r, "%s; it cannot be moved to %s: %s", reason, to, strerror(errno));
	free(to);
	return ok;
}
