/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sqlite:PATH. Write-ahead log with synchronous=FULL: a commit is on the disk when it returns,
 * and reports read while the daemon writes. Once a step fails the transaction is rolled back and
 * the caller told; the recorder then opens the file anew.
 */
#include "store/store_private.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

/* How long another process (a report, a backup) may hold the file. */
#define BUSY_TIMEOUT_MS 5000
#define SQL_MAX         1024

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
};
#define SCHEMA_VERSION ((int)(sizeof(schema_steps) / sizeof(schema_steps[0])))

enum statement {
	STATEMENT_BEGIN,
	STATEMENT_COMMIT,
	STATEMENT_INSERT,
	STATEMENT_COUNT,
	STATEMENT_RETRACT,
	STATEMENT_EXPIRE,
	STATEMENT_EXPIRE_COUNTS,
};
#define STATEMENTS 7

static const char *const statement_sql[STATEMENTS] = {
	[STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
	[STATEMENT_COMMIT] = "COMMIT",
	[STATEMENT_INSERT] =
		"INSERT INTO records (kind, queue_id, scan_id, recipient, destination, message_id,"
		" content, time_us, sender, recipient_domain, destination_domain, score, threshold,"
		" client_ip, client_name, rules, size, tagged) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,"
		" ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18) ON CONFLICT DO NOTHING",
	[STATEMENT_COUNT] =
		"INSERT INTO counts (kind, hour_us, domain, count) VALUES (?1, ?2, lower(?3), 1)"
		" ON CONFLICT DO UPDATE SET count = count + 1",
	[STATEMENT_RETRACT] =
		"DELETE FROM records WHERE CASE queue_id WHEN '' THEN scan_id ELSE queue_id END ="
		" CASE ?2 WHEN '' THEN ?3 ELSE ?2 END AND recipient = ?4 AND destination = ?5"
		" AND kind = ?1 AND message_id = ?6 AND content = ?7",
	[STATEMENT_EXPIRE] = "DELETE FROM records WHERE id IN (SELECT id FROM records WHERE kind IN"
			     " (0, 1, 2, 3, 4, 5, 6) AND time_us < ?1 LIMIT ?2)",
	[STATEMENT_EXPIRE_COUNTS] = "DELETE FROM counts WHERE hour_us < ?1",
};

struct sqlite_store {
	struct store store;
	sqlite3 *db;
	char *path;
	sqlite3_stmt *statements[STATEMENTS]; /* prepared when first used */
};

static bool fail(const struct sqlite_store *s, struct error *err_r, const char *doing)
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

static bool execute(const struct sqlite_store *s, const char *sql, struct error *err_r,
                    const char *doing)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK || fail(s, err_r, doing);
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
static bool read_int(const struct sqlite_store *s, const char *sql, int64_t *value_r,
                     struct error *err_r)
{
	sqlite3_stmt *statement;
	bool ok;

	if (sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL) != SQLITE_OK)
		return fail(s, err_r, "cannot be read");
	ok = sqlite3_step(statement) == SQLITE_ROW;
	*value_r = ok ? sqlite3_column_int64(statement, 0) : 0;
	if (!ok)
		fail(s, err_r, "cannot be read");
	sqlite3_finalize(statement);
	return ok;
}

static bool migrate(struct sqlite_store *s, struct error *err_r)
{
	char sql[64];
	int64_t version;

	if (!execute(s, "BEGIN IMMEDIATE", err_r, "cannot be written") ||
	    !read_int(s, "PRAGMA user_version", &version, err_r))
		return false;
	for (int64_t step = version; step < SCHEMA_VERSION; step++)
		if (!execute(s, schema_steps[step], err_r, "tables cannot be made"))
			return false;
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", SCHEMA_VERSION);
	return (version >= SCHEMA_VERSION || execute(s, sql, err_r, "cannot be written")) &&
	       execute(s, "COMMIT", err_r, "cannot be written");
}

static bool check_version(struct sqlite_store *s, bool reader, struct error *err_r)
{
	int64_t version;

	if (!read_int(s, "PRAGMA user_version", &version, err_r))
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

static bool open_database(struct sqlite_store *s, bool reader, struct error *err_r)
{
	int flags = SQLITE_OPEN_NOMUTEX | (reader ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);

	if (!reader && !create_file(s->path, err_r))
		return false;
	if (sqlite3_open_v2(s->path, &s->db, flags, NULL) != SQLITE_OK)
		return fail(s, err_r, "cannot be opened");
	sqlite3_extended_result_codes(s->db, 0);
	sqlite3_busy_timeout(s->db, BUSY_TIMEOUT_MS);
	if (!reader &&
	    (!execute(s, "PRAGMA journal_mode = WAL", err_r, "cannot be written") ||
	     !execute(s, "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864", err_r,
	              "cannot be set up")))
		return false;
	return check_version(s, reader, err_r);
}

static void sqlite_close(struct store *store)
{
	struct sqlite_store *s = (struct sqlite_store *)store;

	for (size_t i = 0; i < STATEMENTS; i++)
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

/* Writing. */

/* The prepared statement, or NULL with the reason. */
static sqlite3_stmt *prepare(struct sqlite_store *s, enum statement number, struct error *err_r)
{
	if (s->statements[number] == NULL &&
	    sqlite3_prepare_v3(s->db, statement_sql[number], -1, SQLITE_PREPARE_PERSISTENT,
	                       &s->statements[number], NULL) != SQLITE_OK)
		fail(s, err_r, "cannot be written");
	return s->statements[number];
}

static bool run(struct sqlite_store *s, sqlite3_stmt *statement, struct error *err_r)
{
	bool ok = sqlite3_step(statement) == SQLITE_DONE || fail(s, err_r, "cannot be written");

	sqlite3_reset(statement);
	return ok;
}

static bool run_number(struct sqlite_store *s, enum statement number, struct error *err_r)
{
	sqlite3_stmt *statement = prepare(s, number, err_r);

	return statement != NULL && run(s, statement, err_r);
}

static void bind_text(sqlite3_stmt *statement, int i, const char *text)
{
	sqlite3_bind_text(statement, i, store_text(text), -1, SQLITE_STATIC);
}

/* What makes a record the same as another: parameters 1 to 7. */
static void bind_key(sqlite3_stmt *statement, const struct record *record)
{
	sqlite3_bind_int(statement, 1, record->kind);
	bind_text(statement, 2, record->queue_id);
	bind_text(statement, 3, record->scan_id);
	bind_text(statement, 4, record->recipient);
	bind_text(statement, 5, record->destination);
	bind_text(statement, 6, record->message_id);
	bind_text(statement, 7, record->content);
}

static bool insert_record(struct sqlite_store *s, const struct record *record, struct error *err_r)
{
	sqlite3_stmt *statement = prepare(s, STATEMENT_INSERT, err_r);

	if (statement == NULL)
		return false;
	bind_key(statement, record);
	sqlite3_bind_int64(statement, 8, record->time_us);
	bind_text(statement, 9, record->sender);
	bind_text(statement, 10, store_domain(store_text(record->recipient)));
	bind_text(statement, 11, store_domain(store_text(record->destination)));
	sqlite3_bind_int(statement, 12, record->score);
	sqlite3_bind_int(statement, 13, record->threshold);
	bind_text(statement, 14, record->client_ip);
	bind_text(statement, 15, record->client_name);
	bind_text(statement, 16, record->rules);
	sqlite3_bind_int64(statement, 17, record->size);
	sqlite3_bind_int(statement, 18, record->tagged != 0);
	return run(s, statement, err_r);
}

static bool count_record(struct sqlite_store *s, const struct record *record, struct error *err_r)
{
	sqlite3_stmt *statement = prepare(s, STATEMENT_COUNT, err_r);

	if (statement == NULL)
		return false;
	sqlite3_bind_int(statement, 1, record->kind);
	sqlite3_bind_int64(statement, 2, store_hour(record->time_us));
	bind_text(statement, 3, store_domain(store_text(record->recipient)));
	return run(s, statement, err_r);
}

static bool write_record(struct sqlite_store *s, const struct record *record, struct error *err_r)
{
	if (store_is_counted(record->kind))
		return count_record(s, record, err_r);
	return insert_record(s, record, err_r);
}

static bool retract_record(struct sqlite_store *s, const struct record *record, struct error *err_r)
{
	sqlite3_stmt *statement = prepare(s, STATEMENT_RETRACT, err_r);

	if (statement == NULL)
		return false;
	bind_key(statement, record);
	return run(s, statement, err_r);
}

/* Does the same with all records in one transaction. */
static bool transact(struct store *store, const struct record *records, size_t count,
                     bool (*act)(struct sqlite_store *, const struct record *, struct error *),
                     struct error *err_r)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	bool ok = run_number(s, STATEMENT_BEGIN, err_r);

	for (size_t i = 0; ok && i < count; i++)
		ok = act(s, &records[i], err_r);
	ok = ok && run_number(s, STATEMENT_COMMIT, err_r);
	if (!ok && !sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return ok;
}

static bool sqlite_write(struct store *store, const struct record *records, size_t count,
                         struct error *err_r)
{
	return transact(store, records, count, write_record, err_r);
}

static bool sqlite_retract(struct store *store, const struct record *records, size_t count,
                           struct error *err_r)
{
	return transact(store, records, count, retract_record, err_r);
}

static bool sqlite_expire(struct store *store, int64_t before_us, size_t limit, size_t *removed_r,
                          struct error *err_r)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	sqlite3_stmt *records = prepare(s, STATEMENT_EXPIRE, err_r);
	sqlite3_stmt *counts = prepare(s, STATEMENT_EXPIRE_COUNTS, err_r);

	*removed_r = 0;
	if (records == NULL || counts == NULL)
		return false;
	sqlite3_bind_int64(records, 1, before_us);
	sqlite3_bind_int64(records, 2, (sqlite3_int64)limit);
	sqlite3_bind_int64(counts, 1, before_us);
	if (!run(s, records, err_r))
		return false;
	*removed_r = (size_t)sqlite3_changes(s->db);
	return run(s, counts, err_r);
}

/* Reading. */

static const char select_sql[] =
	"SELECT id, kind, time_us, scan_id, queue_id, content, message_id, sender, recipient,"
	" destination, score, threshold, client_ip, client_name, rules, size, tagged FROM records";

static const char *column_text(sqlite3_stmt *statement, int i)
{
	return store_text((const char *)sqlite3_column_text(statement, i));
}

static struct record read_row(sqlite3_stmt *statement)
{
	return (struct record){
		.kind = (enum record_kind)sqlite3_column_int(statement, 1),
		.time_us = sqlite3_column_int64(statement, 2),
		.scan_id = column_text(statement, 3),
		.queue_id = column_text(statement, 4),
		.content = column_text(statement, 5),
		.message_id = column_text(statement, 6),
		.sender = column_text(statement, 7),
		.recipient = column_text(statement, 8),
		.destination = column_text(statement, 9),
		.score = sqlite3_column_int(statement, 10),
		.threshold = sqlite3_column_int(statement, 11),
		.client_ip = column_text(statement, 12),
		.client_name = column_text(statement, 13),
		.rules = column_text(statement, 14),
		.size = sqlite3_column_int64(statement, 15),
		.tagged = sqlite3_column_int(statement, 16),
	};
}

static bool given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

/* "WHERE kind IN (0, 2)": always there, so that the index with the time can be used. */
static void add_kinds(char *sql, unsigned kinds)
{
	const char *separator = "";

	strcat(sql, " WHERE kind IN (");
	for (unsigned kind = 0; kind < RECORD_KIND_COUNT; kind++) {
		if (kinds != 0 && (kinds & 1u << kind) == 0)
			continue;
		sprintf(sql + strlen(sql), "%s%u", separator, kind);
		separator = ", ";
	}
	strcat(sql, ")");
}

/* The size of `sql` has room for all of the clauses. */
static void make_select(char sql[SQL_MAX], const struct store_query *query)
{
	strcpy(sql, select_sql);
	add_kinds(sql, query->kinds);
	if (query->tagged_only)
		strcat(sql, " AND tagged");
	if (given(query->account))
		strcat(sql, strchr(query->account, '@') ? " AND recipient = :account"
		                                        : " AND recipient_domain = :account");
	if (given(query->destination))
		strcat(sql, strchr(query->destination, '@')
		                    ? " AND destination = :destination"
		                    : " AND destination_domain = :destination");
	if (given(query->message))
		strcat(sql, " AND (CASE queue_id WHEN '' THEN scan_id ELSE queue_id END = :message"
		            " OR scan_id = :message OR message_id = :message)");
	if (query->since_us > 0)
		strcat(sql, " AND time_us >= :since");
	if (query->after_id > 0)
		strcat(sql, " AND id > :after ORDER BY id");
	else
		strcat(sql, " ORDER BY time_us, id");
	if (query->limit > 0)
		strcat(sql, " LIMIT :limit");
}

static void bind_named_text(sqlite3_stmt *statement, const char *name, const char *text)
{
	int i = sqlite3_bind_parameter_index(statement, name);

	if (i > 0)
		bind_text(statement, i, text);
}

static void bind_named_int(sqlite3_stmt *statement, const char *name, int64_t value)
{
	int i = sqlite3_bind_parameter_index(statement, name);

	if (i > 0)
		sqlite3_bind_int64(statement, i, value);
}

static bool sqlite_read(struct store *store, const struct store_query *query, store_visit *visit,
                        void *context, struct error *err_r)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	sqlite3_stmt *statement;
	char sql[SQL_MAX];
	int step;

	make_select(sql, query);
	if (sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL) != SQLITE_OK)
		return fail(s, err_r, "cannot be read");
	bind_named_text(statement, ":account", query->account);
	bind_named_text(statement, ":destination", query->destination);
	bind_named_text(statement, ":message", query->message);
	bind_named_int(statement, ":since", query->since_us);
	bind_named_int(statement, ":after", query->after_id);
	bind_named_int(statement, ":limit", (int64_t)query->limit);
	while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
		struct record record = read_row(statement);

		if (!visit(&record, sqlite3_column_int64(statement, 0), context)) {
			step = SQLITE_DONE;
			break;
		}
	}
	if (step != SQLITE_DONE)
		fail(s, err_r, "cannot be read");
	sqlite3_finalize(statement);
	return step == SQLITE_DONE;
}

static bool sqlite_newest_id(struct store *store, int64_t *id_r, struct error *err_r)
{
	return read_int((struct sqlite_store *)store, "SELECT ifnull(max(id), 0) FROM records",
	                id_r, err_r);
}

static bool sqlite_read_counts(struct store *store, int64_t since_us, const char *domain,
                               store_visit_count *visit, void *context, struct error *err_r)
{
	static const char sql[] =
		"SELECT kind, hour_us, domain, count FROM counts WHERE hour_us >= ?1 AND"
		" (?2 = '' OR domain = ?2) ORDER BY hour_us DESC, count DESC, domain, kind";
	struct sqlite_store *s = (struct sqlite_store *)store;
	sqlite3_stmt *statement;
	int step;

	if (sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL) != SQLITE_OK)
		return fail(s, err_r, "cannot be read");
	sqlite3_bind_int64(statement, 1, store_hour(since_us));
	bind_text(statement, 2, domain);
	while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
		struct store_count count = { (enum record_kind)sqlite3_column_int(statement, 0),
			                     sqlite3_column_int64(statement, 1),
			                     column_text(statement, 2),
			                     sqlite3_column_int64(statement, 3) };

		if (!visit(&count, context)) {
			step = SQLITE_DONE;
			break;
		}
	}
	if (step != SQLITE_DONE)
		fail(s, err_r, "cannot be read");
	sqlite3_finalize(statement);
	return step == SQLITE_DONE;
}

const struct store_backend store_sqlite = {
	.scheme = "sqlite:",
	.example = "sqlite:/var/lib/assay/records.db",
	.check = sqlite_check,
	.open = sqlite_open,
	.close = sqlite_close,
	.write = sqlite_write,
	.retract = sqlite_retract,
	.expire = sqlite_expire,
	.read = sqlite_read,
	.newest_id = sqlite_newest_id,
	.read_counts = sqlite_read_counts,
};
