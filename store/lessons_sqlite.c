/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sqlite:PATH, by default a file of its own beside the records: what happens to those is no harm to
 * what was learned. Write-ahead log with synchronous=FULL: a commit is on the disk when it returns.
 */
#include "store/lessons_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"

#define SCHEME          "sqlite:"
#define BUSY_TIMEOUT_MS 5000
#define FILE_MODE       0600

/* Step by step from an empty file, as those of store_sqlite.c. */
static const char *const schema_steps[] = {
	"CREATE TABLE site (one INTEGER PRIMARY KEY CHECK (one = 1), key BLOB NOT NULL);"
	"CREATE TABLE scopes (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
	" generation INTEGER NOT NULL, ham INTEGER NOT NULL, spam INTEGER NOT NULL,"
	" bytes INTEGER NOT NULL);"
	"CREATE TABLE lessons (position INTEGER PRIMARY KEY AUTOINCREMENT, scope INTEGER NOT NULL,"
	" message TEXT NOT NULL, label INTEGER NOT NULL, source INTEGER NOT NULL,"
	" time_us INTEGER NOT NULL, log_odds INTEGER NOT NULL, version INTEGER NOT NULL,"
	" features BLOB NOT NULL, checksum INTEGER NOT NULL);"
	"CREATE UNIQUE INDEX lessons_once ON lessons (scope, message);"
	"CREATE INDEX lessons_order ON lessons (scope, position);"
	"CREATE TABLE damaged AS SELECT * FROM lessons LIMIT 0;",
};
#define SCHEMA_VERSION ((int)(sizeof(schema_steps) / sizeof(schema_steps[0])))

bool lessons_sqlite_fail(const struct sqlite_lessons *l, struct error *err_r, const char *doing)
{
	int code = sqlite3_errcode(l->db);
	const char *advice = "";

	if (code == SQLITE_FULL || (code == SQLITE_IOERR && sqlite3_system_errno(l->db) == ENOSPC))
		advice = "; make room on its disk";
	else if (code == SQLITE_READONLY || code == SQLITE_CANTOPEN || code == SQLITE_PERM)
		advice = "; check the permissions of the file and its directory";
	return error_set(err_r, "%s: %s: %s%s", l->path, doing, sqlite3_errmsg(l->db), advice);
}

bool lessons_sqlite_execute(const struct sqlite_lessons *l, const char *sql, struct error *err_r)
{
	return sqlite3_exec(l->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
	       lessons_sqlite_fail(l, err_r, "cannot be written");
}

sqlite3_stmt *lessons_sqlite_prepare(const struct sqlite_lessons *l, const char *sql,
                                     struct error *err_r)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(l->db, sql, -1, &statement, NULL) == SQLITE_OK)
		return statement;
	lessons_sqlite_fail(l, err_r, "cannot be read");
	return NULL;
}

static bool read_version(const struct sqlite_lessons *l, int *version_r, struct error *err_r)
{
	sqlite3_stmt *statement = lessons_sqlite_prepare(l, "PRAGMA user_version", err_r);
	bool ok;

	if (statement == NULL)
		return false;
	ok = sqlite3_step(statement) == SQLITE_ROW;
	*version_r = ok ? sqlite3_column_int(statement, 0) : 0;
	if (!ok)
		lessons_sqlite_fail(l, err_r, "cannot be read");
	sqlite3_finalize(statement);
	return ok;
}

/* Another process may have done it meanwhile. */
static bool migrate(const struct sqlite_lessons *l, struct error *err_r)
{
	char sql[64];
	int version;

	if (!lessons_sqlite_execute(l, "BEGIN IMMEDIATE", err_r) ||
	    !read_version(l, &version, err_r))
		return false;
	for (int step = version; step < SCHEMA_VERSION; step++)
		if (!lessons_sqlite_execute(l, schema_steps[step], err_r))
			return false;
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", SCHEMA_VERSION);
	return (version >= SCHEMA_VERSION || lessons_sqlite_execute(l, sql, err_r)) &&
	       lessons_sqlite_execute(l, "COMMIT", err_r);
}

static bool check_version(const struct sqlite_lessons *l, struct error *err_r)
{
	int version;

	if (!read_version(l, &version, err_r))
		return false;
	if (version > SCHEMA_VERSION)
		return error_set(
			err_r, "%s: was made by a newer version (schema %d, known is %d); upgrade",
			l->path, version, SCHEMA_VERSION);
	if (version == SCHEMA_VERSION)
		return true;
	if (!l->lessons.reader)
		return migrate(l, err_r);
	if (version > 0)
		return error_set(err_r,
		                 "%s: is of an older version (schema %d, needed is %d); start "
		                 "assayd, which updates it",
		                 l->path, version, SCHEMA_VERSION);
	err_r->text[0] = '\0'; /* somebody is making it */
	return false;
}

/* Its name is durable then; and assayd can write what root began. */
static void settle_file(const char *path, int fd)
{
	char *directory = memory_strdup(path);
	int directory_fd;
	struct stat st;

	*(strrchr(directory, '/') + 1) = '\0';
	directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(directory);
	if (directory_fd < 0)
		return;
	fsync(directory_fd);
	if (geteuid() == 0 && fstat(directory_fd, &st) == 0 && st.st_uid != 0 &&
	    fchown(fd, st.st_uid, st.st_gid) != 0)
		log_warning(NULL, "lessons: %s: cannot be given to the owner of its directory: %s",
		            path, strerror(errno));
	close(directory_fd);
}

/* It has the site's key, so others don't read it. */
static bool create_file(const char *path, struct error *err_r)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);

	if (fd >= 0)
		settle_file(path, fd);
	else if (errno == EEXIST)
		return true;
	else
		return error_set(err_r,
		                 "%s: cannot be made: %s; check its directory and permissions",
		                 path, strerror(errno));
	close(fd);
	return true;
}

static bool set_up(const struct sqlite_lessons *l, struct error *err_r)
{
	sqlite3_busy_timeout(l->db, BUSY_TIMEOUT_MS);
	if (l->lessons.reader)
		return check_version(l, err_r);
	return lessons_sqlite_execute(l,
	                              "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	                              " PRAGMA journal_size_limit = 16777216",
	                              err_r) &&
	       check_version(l, err_r);
}

static void close_database(struct sqlite_lessons *l)
{
	for (size_t i = 0; i < LESSONS_SQLITE_STATEMENTS; i++) {
		sqlite3_finalize(l->statements[i]);
		l->statements[i] = NULL;
	}
	sqlite3_finalize(l->version);
	l->version = NULL;
	sqlite3_close(l->db);
	l->db = NULL;
}

static void note_file(struct sqlite_lessons *l)
{
	struct stat st;

	l->inode = stat(l->path, &st) == 0 ? st.st_ino : 0;
}

/* Sets the code of what failed. */
static bool open_database(struct sqlite_lessons *l, struct error *err_r)
{
	int flags = SQLITE_OPEN_NOMUTEX |
	            (l->lessons.reader ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
	bool ok;

	if (!l->lessons.reader && !create_file(l->path, err_r))
		return false;
	ok = (sqlite3_open_v2(l->path, &l->db, flags, NULL) == SQLITE_OK ||
	      lessons_sqlite_fail(l, err_r, "cannot be opened")) &&
	     set_up(l, err_r);
	l->damaged = !ok && (sqlite3_errcode(l->db) == SQLITE_CORRUPT ||
	                     sqlite3_errcode(l->db) == SQLITE_NOTADB);
	if (ok)
		note_file(l);
	else
		close_database(l);
	return ok;
}

/* With its log, which would be taken for the new file's. */
static bool set_file_aside(const struct sqlite_lessons *l, struct error *err_r)
{
	static const char *const ends[] = { "-shm", "-wal", "" };
	char from[PATH_MAX], to[PATH_MAX], why[sizeof(err_r->text)];
	time_t now = time(NULL);

	snprintf(why, sizeof(why), "%s", err_r->text);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(from, sizeof(from), "%s%s", l->path, ends[i]);
		snprintf(to, sizeof(to), "%s.damaged-%lld%s", l->path, (long long)now, ends[i]);
		if (rename(from, to) != 0 && errno != ENOENT)
			return error_set(err_r, "%s; it cannot be moved to %s: %s", why, to,
			                 strerror(errno));
	}
	log_error(NULL,
	          "lessons: %s: it was moved to %s, and a new one is begun; what it still holds "
	          "can be read with sqlite3's .recover",
	          why, to);
	return true;
}

bool lessons_sqlite_is_there(struct sqlite_lessons *l, struct error *err_r)
{
	struct stat st;
	bool exists = stat(l->path, &st) == 0;

	/* Removed, or replaced by a copy. */
	if (l->db != NULL && (!exists || st.st_ino != l->inode))
		close_database(l);
	if (l->db != NULL)
		return true;
	if (!exists && l->lessons.reader) {
		err_r->text[0] = '\0';
		return false;
	}
	if (open_database(l, err_r))
		return true;
	return l->damaged && !l->lessons.reader && set_file_aside(l, err_r) &&
	       open_database(l, err_r);
}

static bool sqlite_knows(const char *uri)
{
	return strncmp(uri, SCHEME, strlen(SCHEME)) == 0;
}

static bool sqlite_check(const char *uri, struct error *err_r)
{
	const char *path = uri + strlen(SCHEME);

	if (path[0] != '/')
		return error_set(err_r, "lessons \"sqlite:%s\": the path must begin with \"/\"",
		                 path);
	if (strlen(path) > PATH_MAX - 64)
		return error_set(err_r, "lessons \"sqlite:%s\": the path is too long", path);
	return true;
}

static void sqlite_close(struct lessons *lessons)
{
	struct sqlite_lessons *l = (struct sqlite_lessons *)lessons;

	close_database(l);
	free(l->lessons.snapshot_prefix);
	free(l->lessons.name);
	free(l->path);
	free(l);
}

static struct lessons *sqlite_open(const char *uri, bool reader, struct error *err_r)
{
	struct sqlite_lessons *l = memory_calloc(1, sizeof(*l));

	l->lessons.backend = &lessons_sqlite;
	l->lessons.reader = reader;
	l->path = memory_strdup(uri + strlen(SCHEME));
	l->lessons.snapshot_prefix = memory_strdup(l->path);
	l->lessons.name = memory_strdup(uri);
	err_r->text[0] = '\0';
	if (lessons_sqlite_is_there(l, err_r) || err_r->text[0] == '\0')
		return &l->lessons;
	sqlite_close(&l->lessons);
	return NULL;
}

const struct lessons_backend lessons_sqlite = {
	.knows = sqlite_knows,
	.check = sqlite_check,
	.open = sqlite_open,
	.close = sqlite_close,
	.key = lessons_sqlite_key,
	.take_key = lessons_sqlite_take_key,
	.add = lessons_sqlite_add,
	.forget = lessons_sqlite_forget,
	.set_aside = lessons_sqlite_set_aside,
	.expire = lessons_sqlite_expire,
	.read_state = lessons_sqlite_read_state,
	.read_scopes = lessons_sqlite_read_scopes,
	.read_counts = lessons_sqlite_read_counts,
	.read = lessons_sqlite_read,
	.read_newest = lessons_sqlite_read_newest,
	.wait = lessons_sqlite_wait,
};
