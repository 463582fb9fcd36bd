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

/*
 * How long another process (a report, a backup) may hold the file; while it is opened, which is
 * tried again and again, others wait for their answers.
 */
#define BUSY_TIMEOUT_MS 5000
#define BUSY_OPENING_MS 500
/* Of the file's pages, for the long lists of reports. */
#define READER_MMAP "1073741824"

/* Parts of a step below. */
#define HOUR(time) time " - " time " % 3600000000"
#define ONE_MORE                                                                                   \
	"INSERT INTO hours VALUES (new.kind, " HOUR(                                               \
		"new.time_us") ", 1)"                                                              \
			       " ON CONFLICT DO UPDATE SET count = count + 1; "
#define OLD_HOUR " WHERE kind = old.kind AND hour_us = " HOUR("old.time_us")
#define ONE_LESS                                                                                   \
	"UPDATE hours SET count = count - 1" OLD_HOUR ";"                                          \
	" DELETE FROM hours" OLD_HOUR " AND count <= 0; "

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
	/* Why something was not dropped. */
	"ALTER TABLE records ADD COLUMN kept TEXT NOT NULL DEFAULT '';",
	/* Who knows whom; see people_sqlite.c. */
	"CREATE TABLE people_lists (scope TEXT NOT NULL, is_glob INTEGER NOT NULL,"
	" pattern TEXT NOT NULL, list INTEGER NOT NULL, unauthenticated INTEGER NOT NULL,"
	" PRIMARY KEY (scope, is_glob, pattern)) WITHOUT ROWID;"
	"CREATE TABLE people_contacts (name TEXT NOT NULL, scope TEXT NOT NULL,"
	" count INTEGER NOT NULL, last_s INTEGER NOT NULL,"
	" PRIMARY KEY (name, scope)) WITHOUT ROWID;"
	"CREATE INDEX people_contacts_last ON people_contacts (last_s);"
	"CREATE TABLE people_threads (name TEXT NOT NULL, scope TEXT NOT NULL,"
	" last_s INTEGER NOT NULL, PRIMARY KEY (name, scope)) WITHOUT ROWID;"
	"CREATE INDEX people_threads_last ON people_threads (last_s);"
	"CREATE TABLE people_senders (name TEXT NOT NULL, scope TEXT NOT NULL,"
	" mean INTEGER NOT NULL, count INTEGER NOT NULL, last_s INTEGER NOT NULL,"
	" PRIMARY KEY (name, scope)) WITHOUT ROWID;"
	"CREATE INDEX people_senders_last ON people_senders (last_s);"
	"CREATE INDEX people_senders_once ON people_senders (last_s) WHERE count = 1;",
	/* What readers ask about one message, and what `assay tune` has to know. */
	"ALTER TABLE records ADD COLUMN subject TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE records ADD COLUMN authentication TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE records ADD COLUMN threshold_origin TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE records ADD COLUMN signature TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE records ADD COLUMN matched TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE records ADD COLUMN exempt INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE records ADD COLUMN doubt INTEGER NOT NULL DEFAULT 0;",
	/* What came from somebody, and malware. */
	"CREATE INDEX records_sender ON records (sender COLLATE NOCASE, kind, time_us);",
	"CREATE INDEX records_infected ON records (kind, time_us) WHERE signature <> '';",
	/* How many there are of each hour; see count_hour() in store_sqlite_write.c. */
	"CREATE TABLE hours (kind INTEGER NOT NULL, hour_us INTEGER NOT NULL,"
	" count INTEGER NOT NULL, PRIMARY KEY (kind, hour_us)) WITHOUT ROWID;"
	"INSERT INTO hours SELECT kind, " HOUR(
		"time_us") ", count(*) FROM records GROUP BY 1, 2;"
			   "CREATE TRIGGER records_removed AFTER DELETE ON records BEGIN " ONE_LESS
			   "END;"
			   "CREATE TRIGGER records_changed AFTER UPDATE OF kind, time_us ON records BEGIN " ONE_LESS
				   ONE_MORE "END;",
	/* What a message that was sent on is reported as. */
	"ALTER TABLE records ADD COLUMN reported_as TEXT NOT NULL DEFAULT '';",
};
#define SCHEMA_VERSION ((int)(sizeof(schema_steps) / sizeof(schema_steps[0])))

bool store_sqlite_fail(const struct sqlite_store *s, struct error *err_r, const char *doing)
{
	int code = sqlite3_errcode(s->db);
	const char *advice = "";

	if (code == SQLITE_FULL || (code == SQLITE_IOERR && sqlite3_system_errno(s->db) == ENOSPC))
		advice = "; make room on its disk";
	else if (code == SQLITE_CANTOPEN && s->reader && access(s->path, F_OK) != 0 &&
	         errno == ENOENT)
		advice = "; there is no such file: assayd makes it when it starts, unless store in "
			 "assay.conf names another";
	else if (code == SQLITE_READONLY || code == SQLITE_CANTOPEN || code == SQLITE_PERM)
		advice = "; check the permissions of the file and its directory";
	else if (s->reader && store_sqlite_is_damage(code))
		advice = "; assayd moves such a file away and begins a new one";
	return error_set(err_r, "%s: %s: %s%s", s->path, doing, sqlite3_errmsg(s->db), advice);
}

bool store_sqlite_execute(const struct sqlite_store *s, const char *sql, struct error *err_r,
                          const char *doing)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
	       store_sqlite_fail(s, err_r, doing);
}

/* Opening. */

#define SCHEME "sqlite:"

static bool sqlite_knows(const char *uri)
{
	return strncmp(uri, SCHEME, strlen(SCHEME)) == 0;
}

static bool sqlite_check(const char *uri, struct error *err_r)
{
	const char *path = uri + strlen(SCHEME);

	if (path[0] != '/')
		return error_set(err_r, "store \"sqlite:%s\": the path must begin with \"/\"",
		                 path);
	return true;
}

/* One value of a statement without parameters. */
bool store_sqlite_read_int(const struct sqlite_store *s, const char *sql, int64_t *value_r,
                           struct error *err_r)
{
	sqlite3_stmt *statement;
	bool ok;

	if (sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL) != SQLITE_OK)
		return store_sqlite_fail(s, err_r, "cannot be read");
	ok = sqlite3_step(statement) == SQLITE_ROW;
	*value_r = ok ? sqlite3_column_int64(statement, 0) : 0;
	if (!ok)
		store_sqlite_fail(s, err_r, "cannot be read");
	sqlite3_finalize(statement);
	return ok;
}

static bool migrate(struct sqlite_store *s, struct error *err_r)
{
	char sql[64];
	int64_t version;

	if (!store_sqlite_execute(s, "BEGIN IMMEDIATE", err_r, "cannot be written") ||
	    !store_sqlite_read_int(s, "PRAGMA user_version", &version, err_r))
		return false;
	if (version > 0 && version < SCHEMA_VERSION)
		log_info(NULL, "store: %s: updating the records from schema %d to %d", s->path,
		         (int)version, SCHEMA_VERSION);
	for (int64_t step = version; step < SCHEMA_VERSION; step++)
		if (!store_sqlite_execute(s, schema_steps[step], err_r, "tables cannot be made"))
			return false;
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", SCHEMA_VERSION);
	return (version >= SCHEMA_VERSION ||
	        store_sqlite_execute(s, sql, err_r, "cannot be written")) &&
	       store_sqlite_execute(s, "COMMIT", err_r, "cannot be written");
}

static bool check_version(struct sqlite_store *s, struct error *err_r)
{
	int64_t version;

	if (!store_sqlite_read_int(s, "PRAGMA user_version", &version, err_r))
		return false;
	if (version > SCHEMA_VERSION)
		return error_set(
			err_r, "%s: was made by a newer version (schema %d, known is %d); upgrade",
			s->path, (int)version, SCHEMA_VERSION);
	if (s->reader && version < SCHEMA_VERSION)
		return error_set(err_r,
		                 "%s: is of an older version (schema %d, needed is %d); "
		                 "start assayd, which updates it",
		                 s->path, (int)version, SCHEMA_VERSION);
	return s->reader || version == SCHEMA_VERSION || migrate(s, err_r);
}

static bool cannot_open(const char *path, struct error *err_r)
{
	return error_set(err_r, "%s: cannot be opened: %s; check its directory and permissions",
	                 path, strerror(errno));
}

/*
 * SQLite would let others read what mail everybody gets. One that is there is not opened here:
 * closing a descriptor gives up all locks that this process has on the file, and the next visitor
 * would take away the log under those who still have it open.
 */
static bool create_file(const char *path, struct error *err_r)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

	if (fd >= 0)
		close(fd);
	else if (errno != EEXIST || faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) != 0)
		return cannot_open(path, err_r);
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

	if (!store_sqlite_read_int(s, "PRAGMA auto_vacuum", &vacuum, err_r) ||
	    !store_sqlite_read_int(s, "PRAGMA page_count", &pages, err_r))
		return false;
	if (vacuum == 2)
		return true;
	if (!store_sqlite_execute(s, "PRAGMA auto_vacuum = INCREMENTAL", err_r, "cannot be set up"))
		return false;
	if (pages > 0 && !store_sqlite_execute(s, "VACUUM", &ignored, "cannot be rewritten"))
		log_warning(NULL, "store: %s; it will not become smaller", ignored.text);
	return true;
}

/* Triggers run for what is replaced, too. */
static bool set_up_writing(const struct sqlite_store *s, struct error *err_r)
{
	return set_up_vacuum(s, err_r) &&
	       store_sqlite_execute(s, "PRAGMA journal_mode = WAL", err_r, "cannot be written") &&
	       store_sqlite_execute(
		       s,
		       "PRAGMA recursive_triggers = ON;"
		       " PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216;"
		       " PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -32768",
		       err_r, "cannot be set up");
}

/* So that a disk that is full or can't be written is known now, and the log is there. */
static bool try_writing(const struct sqlite_store *s, struct error *err_r)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", SCHEMA_VERSION);
	return store_sqlite_execute(s, sql, err_r, "cannot be written");
}

static bool open_writer(struct sqlite_store *s, struct error *err_r)
{
	if (!set_up_writing(s, err_r) || !check_version(s, err_r) || !try_writing(s, err_r))
		return false;
	store_sqlite_note_files(s);
	sqlite3_busy_timeout(s->db, BUSY_TIMEOUT_MS);
	return true;
}

/* Opens `path`; where that fails, it is still to be closed. */
static bool open_database(struct sqlite_store *s, struct error *err_r)
{
	int flags =
		SQLITE_OPEN_NOMUTEX | (s->reader ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
	bool ok;

	s->code = SQLITE_OK;
	if (!s->reader && !create_file(s->path, err_r))
		return false;
	ok = sqlite3_open_v2(s->path, &s->db, flags, NULL) == SQLITE_OK ||
	     store_sqlite_fail(s, err_r, "cannot be opened");
	if (ok) {
		sqlite3_extended_result_codes(s->db, 0);
		sqlite3_busy_timeout(s->db, s->reader ? BUSY_TIMEOUT_MS : BUSY_OPENING_MS);
		if (s->reader)
			sqlite3_exec(s->db, "PRAGMA mmap_size = " READER_MMAP, NULL, NULL, NULL);
		ok = s->reader ? check_version(s, err_r) : open_writer(s, err_r);
	}
	if (!ok)
		s->code = sqlite3_errcode(s->db);
	return ok;
}

void store_sqlite_close_database(struct sqlite_store *s)
{
	for (size_t i = 0; i < SQLITE_STORE_STATEMENTS; i++) {
		sqlite3_finalize(s->statements[i]);
		s->statements[i] = NULL;
	}
	/* At its end SQLite removes the log by its name, which another file may have by now. */
	if (s->db != NULL && !store_sqlite_is_current(s))
		sqlite3_file_control(s->db, "main", SQLITE_FCNTL_PERSIST_WAL, &(int){ 1 });
	sqlite3_close(s->db);
	s->db = NULL;
}

bool store_sqlite_reopen(struct sqlite_store *s, struct error *err_r)
{
	if (open_database(s, err_r))
		return true;
	if (!store_sqlite_is_damage(s->code))
		return false;
	store_sqlite_close_database(s);
	return store_sqlite_set_aside(s, err_r->text, err_r) && open_database(s, err_r);
}

static void sqlite_close(struct store *store)
{
	struct sqlite_store *s = (struct sqlite_store *)store;

	store_sqlite_close_database(s);
	free(s->path);
	free(s);
}

static struct store *sqlite_open(const char *uri, bool reader, struct error *err_r)
{
	struct sqlite_store *s = memory_calloc(1, sizeof(*s));
	bool ok;

	s->store.backend = &store_sqlite;
	s->path = memory_strdup(uri + strlen(SCHEME));
	s->reader = reader;
	ok = reader ? open_database(s, err_r) : store_sqlite_reopen(s, err_r);
	if (ok)
		return &s->store;
	sqlite_close(&s->store);
	return NULL;
}

/* Shared with the other parts. */

void store_sqlite_bind_text(sqlite3_stmt *statement, int i, const char *text)
{
	sqlite3_bind_text(statement, i, store_text(text), -1, SQLITE_STATIC);
}

void store_sqlite_bind_key(sqlite3_stmt *statement, const struct record *record)
{
	sqlite3_bind_int(statement, 1, record->kind);
	store_sqlite_bind_text(statement, 2, record->queue_id);
	store_sqlite_bind_text(statement, 3, record->scan_id);
	store_sqlite_bind_text(statement, 4, record->recipient);
	store_sqlite_bind_text(statement, 5, record->destination);
	store_sqlite_bind_text(statement, 6, record->message_id);
	store_sqlite_bind_text(statement, 7, record->content);
}

const struct store_backend store_sqlite = {
	.knows = sqlite_knows,
	.example = "sqlite:/var/lib/assay/records.db",
	.check = sqlite_check,
	.open = sqlite_open,
	.close = sqlite_close,
	.write = store_sqlite_write,
	.look_for_damage = store_sqlite_look_for_damage,
	.retract = store_sqlite_retract,
	.expire = store_sqlite_expire,
	.read = store_sqlite_read,
	.has_all_indexes = true,
	.read_groups = store_sqlite_read_groups,
	.read_ids = store_sqlite_read_ids,
	.count_spans = store_sqlite_count_spans,
	.first_id = store_sqlite_first_id,
	.newest_id = store_sqlite_newest_id,
	.read_counts = store_sqlite_read_counts,
};
