/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sqlite:PATH. Write-ahead log with synchronous=FULL: a commit is on the disk when it returns,
 * and reports read while the daemon writes. Once a step fails the transaction is rolled back and
 * the caller told; the recorder then opens the file anew.
 */
#include "store/store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"

/* How long another process (a report, a backup) may hold the file. */
#define BUSY_TIMEOUT_MS 5000
/* Of the file's pages, for the long lists of reports. */
#define READER_MMAP "1073741824"

/*
 * Step by step from an empty file; the number of steps done is the file's user_version. Steps that
 * were released are never changed.
 */
static const char *const schema_steps[] = {
	"CREATE TABLE records ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, time_us INTEGER NOT NULL,"
	" scan_id TEXT NOT NULL, queue_id TEXT NOT NULL, content TEXT NOT NULL,"
	" message_id TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL COLLATE NOCASE,"
	" recipient_domain TEXT NOT NULL COLLATE NOCASE,"
	" destination TEXT NOT NULL COLLATE NOCASE,"
	" destination_domain TEXT NOT NULL COLLATE NOCASE,"
	" score INTEGER NOT NULL, threshold INTEGER NOT NULL, client_ip TEXT NOT NULL,"
	" client_name TEXT NOT NULL, rules TEXT NOT NULL, size INTEGER NOT NULL,"
	" tagged INTEGER NOT NULL);"
	"CREATE UNIQUE INDEX records_once ON records ("
	" CASE queue_id WHEN '' THEN scan_id ELSE queue_id END, recipient, destination, kind,"
	" message_id, content);"
	"CREATE INDEX records_kind ON records (kind, time_us);"
	"CREATE INDEX records_recipient ON records (recipient, time_us);"
	"CREATE INDEX records_recipient_domain ON records (recipient_domain, time_us);"
	"CREATE INDEX records_destination_domain ON records (destination_domain, time_us);"
	"CREATE INDEX records_scan ON records (scan_id);"
	"CREATE INDEX records_message ON records (message_id);"
	"CREATE TABLE counts (kind INTEGER NOT NULL, hour_us INTEGER NOT NULL,"
	" domain TEXT NOT NULL COLLATE NOCASE, count INTEGER NOT NULL,"
	" PRIMARY KEY (hour_us, domain, kind)) WITHOUT ROWID;",
	/*
	 * Reports read one kind at a time in order of time; the one of discards has an index of its
	 * own that is all it needs, in the order in which it groups. And what was not yet answered.
	 */
	"DROP INDEX records_recipient; DROP INDEX records_recipient_domain;"
	"DROP INDEX records_destination_domain;"
	"CREATE INDEX records_recipient ON records (recipient, kind, time_us);"
	"CREATE INDEX records_recipient_domain ON records (recipient_domain, kind, time_us);"
	"CREATE INDEX records_destination_domain ON records (destination_domain, kind, time_us)"
	" WHERE destination_domain <> '';"
	"CREATE INDEX records_tagged ON records (kind, time_us) WHERE tagged = 1;"
	"CREATE INDEX records_groups ON records (kind, destination, recipient, sender, score, time_us)"
	" WHERE kind <> 2 AND kind <> 3;"
	"CREATE TABLE unanswered (key TEXT PRIMARY KEY, record_id INTEGER NOT NULL,"
	" scan_id TEXT NOT NULL, time_us INTEGER NOT NULL) WITHOUT ROWID;",
	/* Twins that are both unanswered are two, and whose they are tells how soon they come
	   again. */
	"ALTER TABLE unanswered RENAME TO unanswered_2;"
	"CREATE TABLE unanswered (key TEXT NOT NULL, scan_id TEXT NOT NULL,"
	" record_id INTEGER NOT NULL, time_us INTEGER NOT NULL, origin TEXT NOT NULL,"
	" PRIMARY KEY (key, scan_id)) WITHOUT ROWID;"
	"INSERT INTO unanswered SELECT key, scan_id, record_id, time_us, '' FROM unanswered_2;"
	"DROP TABLE unanswered_2;",
};
#define SCHEMA_VERSION ((int)(sizeof(schema_steps) / sizeof(schema_steps[0])))

bool sqlite_store_fail(const struct sqlite_store *s, struct error *err_r, const char *doing)
{
	int code = sqlite3_errcode(s->db);
	const char *advice = "";

	if (code == SQLITE_FULL)
		advice = "; make room on its disk";
	else if (code == SQLITE_READONLY || code == SQLITE_CANTOPEN || code == SQLITE_PERM)
		advice = "; check the permissions of the file and its directory";
	else if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
		advice = "; move it away, and a new one is made";
	return error_set(err_r, "%s: %s: %s%s", s->path, doing, sqlite3_errmsg(s->db), advice);
}

bool sqlite_store_execute(const struct sqlite_store *s, const char *sql, struct error *err_r,
                          const char *doing)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
	       sqlite_store_fail(s, err_r, doing);
}

/* Opening. */

static bool sqlite_check(const char *path, struct error *err_r)
{
	if (path[0] != '/')
		return error_set(err_r, "store \"sqlite:%s\": the path must begin with \"/\"",
		                 path);
	return true;
}

/* One value of a statement without parameters. */
bool sqlite_store_read_int(const struct sqlite_store *s, const char *sql, int64_t *value_r,
                           struct error *err_r)
{
	sqlite3_stmt *statement;
	bool ok;

	if (sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL) != SQLITE_OK)
		return sqlite_store_fail(s, err_r, "cannot be read");
	ok = sqlite3_step(statement) == SQLITE_ROW;
	*value_r = ok ? sqlite3_column_int64(statement, 0) : 0;
	if (!ok)
		sqlite_store_fail(s, err_r, "cannot be read");
	sqlite3_finalize(statement);
	return ok;
}

static bool migrate(struct sqlite_store *s, struct error *err_r)
{
	char sql[64];
	int64_t version;

	if (!sqlite_store_execute(s, "BEGIN IMMEDIATE", err_r, "cannot be written") ||
	    !sqlite_store_read_int(s, "PRAGMA user_version", &version, err_r))
		return false;
	if (version > 0 && version < SCHEMA_VERSION)
		log_info(NULL, "store: %s: updating the records from schema %d to %d", s->path,
		         (int)version, SCHEMA_VERSION);
	for (int64_t step = version; step < SCHEMA_VERSION; step++)
		if (!sqlite_store_execute(s, schema_steps[step], err_r, "tables cannot be made"))
			return false;
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", SCHEMA_VERSION);
	return (version >= SCHEMA_VERSION ||
	        sqlite_store_execute(s, sql, err_r, "cannot be written")) &&
	       sqlite_store_execute(s, "COMMIT", err_r, "cannot be written");
}

static bool check_version(struct sqlite_store *s, bool reader, struct error *err_r)
{
	int64_t version;

	if (!sqlite_store_read_int(s, "PRAGMA user_version", &version, err_r))
		return false;
	if (version > SCHEMA_VERSION)
		return error_set(
			err_r, "%s: was made by a newer version (schema %d, known is %d); upgrade",
			s->path, (int)version, SCHEMA_VERSION);
	if (reader && version < SCHEMA_VERSION)
		return error_set(err_r,
		                 "%s: is of an older version (schema %d, needed is %d); "
		                 "start assayd, which updates it",
		                 s->path, (int)version, SCHEMA_VERSION);
	return reader || version == SCHEMA_VERSION || migrate(s, err_r);
}

/* SQLite would let others read what mail everybody gets. */
static bool create_file(const char *path, struct error *err_r)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);

	if (fd < 0)
		return error_set(err_r,
		                 "%s: cannot be opened: %s; check its directory and "
		                 "permissions",
		                 path, strerror(errno));
	close(fd);
	return true;
}

/*
 * So that a file can become smaller, page by page. One that was made without is written anew: once,
 * as it is opened; where the disk has no room for that, it goes on as it is.
 */
static bool set_up_vacuum(const struct sqlite_store *s, struct error *err_r)
{
	int64_t vacuum, pages;
	struct error ignored;

	if (!sqlite_store_read_int(s, "PRAGMA auto_vacuum", &vacuum, err_r) ||
	    !sqlite_store_read_int(s, "PRAGMA page_count", &pages, err_r))
		return false;
	if (vacuum == 2)
		return true;
	if (!sqlite_store_execute(s, "PRAGMA auto_vacuum = INCREMENTAL", err_r, "cannot be set up"))
		return false;
	if (pages > 0 && !sqlite_store_execute(s, "VACUUM", &ignored, "cannot be rewritten"))
		log_warning(NULL, "store: %s; it will not become smaller", ignored.text);
	return true;
}

static bool set_up_writing(const struct sqlite_store *s, struct error *err_r)
{
	return set_up_vacuum(s, err_r) &&
	       sqlite_store_execute(s, "PRAGMA journal_mode = WAL", err_r, "cannot be written") &&
	       sqlite_store_execute(
		       s,
		       "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216;"
		       " PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -32768",
		       err_r, "cannot be set up");
}

static bool open_database(struct sqlite_store *s, bool reader, struct error *err_r)
{
	int flags = SQLITE_OPEN_NOMUTEX | (reader ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);

	if (!reader && !create_file(s->path, err_r))
		return false;
	if (sqlite3_open_v2(s->path, &s->db, flags, NULL) != SQLITE_OK)
		return sqlite_store_fail(s, err_r, "cannot be opened");
	sqlite3_extended_result_codes(s->db, 0);
	sqlite3_busy_timeout(s->db, BUSY_TIMEOUT_MS);
	if (reader)
		sqlite3_exec(s->db, "PRAGMA mmap_size = " READER_MMAP, NULL, NULL, NULL);
	else if (!set_up_writing(s, err_r))
		return false;
	return check_version(s, reader, err_r);
}

static void sqlite_close(struct store *store)
{
	struct sqlite_store *s = (struct sqlite_store *)store;

	for (size_t i = 0; i < SQLITE_STORE_STATEMENTS; i++)
		sqlite3_finalize(s->statements[i]);
	sqlite3_close(s->db);
	free(s->path);
	free(s);
}

static struct store *sqlite_open(const char *path, bool reader, struct error *err_r)
{
	struct sqlite_store *s = memory_calloc(1, sizeof(*s));

	s->store.backend = &store_sqlite;
	s->path = memory_strdup(path);
	if (open_database(s, reader, err_r))
		return &s->store;
	sqlite_close(&s->store);
	return NULL;
}

/* Shared with the other parts. */

void sqlite_store_bind_text(sqlite3_stmt *statement, int i, const char *text)
{
	sqlite3_bind_text(statement, i, store_text(text), -1, SQLITE_STATIC);
}

const struct store_backend store_sqlite = {
	.scheme = "sqlite:",
	.example = "sqlite:/var/lib/assay/records.db",
	.check = sqlite_check,
	.open = sqlite_open,
	.close = sqlite_close,
	.write = sqlite_store_write,
	.retract = sqlite_store_retract,
	.expire = sqlite_store_expire,
	.read = sqlite_store_read,
	.read_groups = sqlite_store_read_groups,
	.newest_id = sqlite_store_newest_id,
	.read_counts = sqlite_store_read_counts,
};
