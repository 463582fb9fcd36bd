/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * In the file of the records, by a connection of its own. What is learned by the way is written
 * without waiting for the disk, so that it never holds up a record: what the last seconds before a
 * crash of the machine had taught is lost. Lists are durable.
 */
#include "store/people_sqlite.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/digest.h"
#include "store/store.h"

#define SCHEME "sqlite:"

/* How long another process may hold the file, by what is at stake. */
#define BUSY_READ_MS  100
#define BUSY_WRITE_MS 5000
/* Instructions of SQLite's machine between looks at the clock. */
#define STEPS_PER_LOOK 1000
/* How often it is looked whether the file still has its name. */
#define CHECK_US 2000000
/* Of the file's pages, for readers. */
#define READER_MMAP "268435456"
#define EXPIRE_STEP "2000"

static const char read_entries[] = "SELECT pattern, list, unauthenticated FROM people_lists"
				   " WHERE scope = ?1 AND is_glob = 0 AND pattern IN"
				   " (?2, ?3, ?4, ?5)";
static const char read_globs[] = "SELECT pattern, list, unauthenticated FROM people_lists"
				 " WHERE scope = ?1 AND is_glob = 1";
static const char read_contacts[] = "SELECT scope, count, last_s FROM people_contacts"
				    " WHERE name = ?1 LIMIT 10000";
static const char read_thread[] = "SELECT scope FROM people_threads WHERE name = ?1 LIMIT 100";
static const char read_history[] = "SELECT mean, count, last_s FROM people_senders"
				   " WHERE name = ?1 AND scope = ?2";

static const char learn_contact[] =
	"INSERT INTO people_contacts (name, scope, count, last_s) VALUES (?1, ?2, 1, ?3)"
	" ON CONFLICT (name, scope) DO UPDATE SET count = count + 1,"
	" last_s = max(last_s, excluded.last_s)";
static const char learn_thread[] =
	"INSERT INTO people_threads (name, scope, last_s) VALUES (?1, ?2, ?3)"
	" ON CONFLICT (name, scope) DO UPDATE SET last_s = max(last_s, excluded.last_s)";
static const char learn_history[] =
	"INSERT INTO people_senders (name, scope, mean, count, last_s)"
	" VALUES (?1, ?2, ?4, 1, ?3)"
	" ON CONFLICT (name, scope) DO UPDATE SET"
	" mean = mean + (excluded.mean - mean) / min(count + 1, ?5), count = count + 1,"
	" last_s = max(last_s, excluded.last_s)";

#define EXPIRE_FROM(table, condition)                                                              \
	"DELETE FROM " table " WHERE (name, scope) IN (SELECT name, scope FROM " table             \
	" WHERE " condition " ORDER BY last_s LIMIT " EXPIRE_STEP ")"

static const char *const expire_old[] = {
	EXPIRE_FROM("people_contacts", "last_s < ?1"),
	EXPIRE_FROM("people_threads", "last_s < ?1"),
	EXPIRE_FROM("people_senders", "last_s < ?1"),
};
static const char expire_once[] = EXPIRE_FROM("people_senders", "count = 1 AND last_s < ?1");
static const char *const expire_many[] = {
	EXPIRE_FROM("people_contacts", "(SELECT count(*) FROM people_contacts) > ?1"),
	EXPIRE_FROM("people_threads", "(SELECT count(*) FROM people_threads) > ?1"),
	EXPIRE_FROM("people_senders", "(SELECT count(*) FROM people_senders) > ?1"),
};
#define TABLES (sizeof(expire_old) / sizeof(expire_old[0]))

/* A text as SQL has it ends at a NUL, which no name has; the rest of one that has is left out. */
void people_sqlite_bind(sqlite3_stmt *statement, int i, struct str text)
{
	sqlite3_bind_text(statement, i, text.len > 0 ? text.data : "", (int)text.len,
	                  SQLITE_STATIC);
}

struct str people_sqlite_text(sqlite3_stmt *statement, int column, struct arena *arena)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);
	int len = sqlite3_column_bytes(statement, column);

	return text != NULL ? arena_str(arena, (struct str){ text, (size_t)len }) : STR("");
}

bool people_sqlite_fail(const struct people_sqlite *s, struct error *err_r)
{
	int code = sqlite3_errcode(s->db);

	if (code == SQLITE_INTERRUPT)
		return error_set(err_r, "%s: no answer in time", s->path);
	return error_set(err_r, "%s: %s%s", s->path, sqlite3_errmsg(s->db),
	                 code == SQLITE_FULL ? "; make room on its disk"
	                 : code == SQLITE_CANTOPEN || code == SQLITE_READONLY
	                         ? "; check the permissions of the file and its directory"
	                         : "");
}

static bool execute(struct people_sqlite *s, const char *sql, struct error *err_r)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
	       people_sqlite_fail(s, err_r);
}

sqlite3_stmt *people_sqlite_prepare(struct people_sqlite *s, const char *text, struct error *err_r)
{
	size_t i = 0;

	while (i < PEOPLE_STATEMENTS - 1 && s->texts[i] != NULL && s->texts[i] != text)
		i++;
	if (s->texts[i] != text) {
		sqlite3_finalize(s->statements[i]);
		s->statements[i] = NULL;
		s->texts[i] = NULL;
		if (sqlite3_prepare_v3(s->db, text, -1, SQLITE_PREPARE_PERSISTENT,
		                       &s->statements[i], NULL) != SQLITE_OK) {
			people_sqlite_fail(s, err_r);
			return NULL;
		}
		s->texts[i] = text;
	}
	return s->statements[i];
}

bool people_sqlite_run(struct people_sqlite *s, sqlite3_stmt *statement, struct error *err_r)
{
	bool ok = sqlite3_step(statement) == SQLITE_DONE || people_sqlite_fail(s, err_r);

	sqlite3_reset(statement);
	return ok;
}

/* Opening. */

static bool sqlite_knows(const char *uri)
{
	return strncmp(uri, SCHEME, strlen(SCHEME)) == 0;
}

static bool sqlite_exist(const char *uri)
{
	return access(uri + strlen(SCHEME), F_OK) == 0;
}

static void close_database(struct people_sqlite *s)
{
	for (size_t i = 0; i < PEOPLE_STATEMENTS; i++) {
		sqlite3_finalize(s->statements[i]);
		s->statements[i] = NULL;
		s->texts[i] = NULL;
	}
	sqlite3_close(s->db);
	s->db = NULL;
}

static void sqlite_close(struct people_store *store)
{
	struct people_sqlite *s = (struct people_sqlite *)store;

	close_database(s);
	free(s->path);
	free(s);
}

/* Whoever asks would wait longer than he is willing to. */
static int is_late(void *context)
{
	return deadline_passed(((const struct people_sqlite *)context)->deadline);
}

static bool has_tables(const struct people_sqlite *s)
{
	return sqlite3_table_column_metadata(s->db, NULL, "people_lists", NULL, NULL, NULL, NULL,
	                                     NULL, NULL) == SQLITE_OK;
}

static bool reads(enum people_access access)
{
	return access == PEOPLE_PEEK || access == PEOPLE_READ;
}

static bool set_up(struct people_sqlite *s, enum people_access access, struct error *err_r)
{
	sqlite3_busy_timeout(s->db, reads(access) ? BUSY_READ_MS : BUSY_WRITE_MS);
	if (reads(access)) {
		sqlite3_progress_handler(s->db, STEPS_PER_LOOK, is_late, s);
		return execute(s, "PRAGMA mmap_size = " READER_MMAP, err_r);
	}
	return execute(s,
	               access == PEOPLE_EDIT ? "PRAGMA synchronous = FULL"
	                                     : "PRAGMA synchronous = NORMAL",
	               err_r);
}

static bool open_database(struct people_sqlite *s, enum people_access access, struct error *err_r)
{
	int flags = access == PEOPLE_PEEK ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	struct stat st;

	s->deadline = deadline_never();
	s->checked_us = clock_monotonic_us();
	if (stat(s->path, &st) == 0) {
		s->device = st.st_dev;
		s->inode = st.st_ino;
	}
	if (sqlite3_open_v2(s->path, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return people_sqlite_fail(s, err_r);
	/* SQLite opens what can't be written as it can. */
	if (access != PEOPLE_PEEK && sqlite3_db_readonly(s->db, "main") != 0)
		return error_set(err_r, "%s: cannot be written; check its permissions and the disk",
		                 s->path);
	if (!set_up(s, access, err_r))
		return false;
	return has_tables(s) ||
	       error_set(err_r, "%s: is of an older version; start assayd, which updates it",
	                 s->path);
}

/* A file that root makes belongs to whoever its directory is for: the filter's account. */
static void give_away(const char *path)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	struct arena *arena = arena_new();
	struct str name = str_from(path);
	ptrdiff_t slash = str_rfind_char(name, '/');
	struct stat st;

	if (geteuid() == 0 && slash > 0 &&
	    stat(arena_cstr(arena, str_prefix(name, (size_t)slash)), &st) == 0) {
		for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
			struct str file = arena_printf(arena, "%s%s", path, suffixes[i]);

			/* What isn't there needs no owner. */
			if (lchown(arena_cstr(arena, file), st.st_uid, st.st_gid) != 0)
				continue;
		}
	}
	arena_free(arena);
}

/* As the records' store does it, which has all tables. */
static bool make_tables(const char *uri, struct error *err_r)
{
	const char *path = uri + strlen(SCHEME);
	bool was_there = access(path, F_OK) == 0;
	struct store *store = store_open(uri, err_r);

	if (store == NULL)
		return false;
	store_close(store);
	if (!was_there)
		give_away(path);
	return true;
}

static struct people_store *sqlite_open(const char *uri, enum people_access access,
                                        struct error *err_r)
{
	struct people_sqlite *s = memory_calloc(1, sizeof(*s));
	bool ok;

	s->store.backend = &people_sqlite;
	s->path = memory_strdup(uri + strlen(SCHEME));
	ok = open_database(s, access, err_r);
	if (!ok && access == PEOPLE_EDIT) {
		close_database(s);
		ok = make_tables(uri, err_r) && open_database(s, access, err_r);
	}
	if (ok)
		return &s->store;
	sqlite_close(&s->store);
	return NULL;
}

/* The records' store sets a damaged file aside; what was opened before is then nobody's. */
static bool is_current(struct people_sqlite *s, struct error *err_r)
{
	int64_t now = clock_monotonic_us();
	struct stat st;

	if (now - s->checked_us < CHECK_US)
		return true;
	s->checked_us = now;
	return (stat(s->path, &st) == 0 && st.st_dev == s->device && st.st_ino == s->inode) ||
	       error_set(err_r, "%s: was moved away", s->path);
}

/* Reading. */

/* How many patterns read_entries asks for at once. */
#define PATTERNS_AT_ONCE 4

static bool take_entries(struct people_sqlite *s, sqlite3_stmt *statement, struct arena *arena,
                         struct str scope, struct people_answer *answer, struct error *err_r)
{
	int step;

	while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
		struct people_entry entry = {
			.scope = scope,
			.pattern = people_sqlite_text(statement, 0, arena),
			.list = (enum people_list)sqlite3_column_int(statement, 1),
			.unauthenticated = sqlite3_column_int(statement, 2) != 0,
		};

		vec_push(arena, &answer->entries, entry);
	}
	if (step != SQLITE_DONE)
		people_sqlite_fail(s, err_r);
	sqlite3_reset(statement);
	return step == SQLITE_DONE;
}

static bool read_exact(struct people_sqlite *s, struct arena *arena, struct str scope,
                       const struct str_list *patterns, struct people_answer *answer,
                       struct error *err_r)
{
	sqlite3_stmt *statement = people_sqlite_prepare(s, read_entries, err_r);

	if (statement == NULL)
		return false;
	for (size_t i = 0; i < patterns->len; i += PATTERNS_AT_ONCE) {
		people_sqlite_bind(statement, 1, scope);
		for (size_t k = 0; k < PATTERNS_AT_ONCE; k++)
			people_sqlite_bind(statement, (int)k + 2,
			                   i + k < patterns->len ? patterns->items[i + k]
			                                         : STR(""));
		if (!take_entries(s, statement, arena, scope, answer, err_r))
			return false;
	}
	return true;
}

static bool read_lists(struct people_sqlite *s, struct arena *arena,
                       const struct people_question *question, struct people_answer *answer,
                       struct error *err_r)
{
	sqlite3_stmt *globs = people_sqlite_prepare(s, read_globs, err_r);

	if (globs == NULL)
		return false;
	for (size_t i = 0; i < question->scopes.len; i++) {
		struct str scope = question->scopes.items[i];

		if (!read_exact(s, arena, scope, &question->patterns, answer, err_r))
			return false;
		people_sqlite_bind(globs, 1, scope);
		if (!take_entries(s, globs, arena, scope, answer, err_r))
			return false;
	}
	return true;
}

static bool read_known(struct people_sqlite *s, struct arena *arena, struct str author,
                       struct people_answer *answer, struct error *err_r)
{
	sqlite3_stmt *statement = people_sqlite_prepare(s, read_contacts, err_r);
	int step;

	if (statement == NULL)
		return false;
	people_sqlite_bind(statement, 1, author);
	while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
		struct people_contact contact = {
			.scope = people_sqlite_text(statement, 0, arena),
			.count = sqlite3_column_int64(statement, 1),
			.last_s = sqlite3_column_int64(statement, 2),
		};

		vec_push(arena, &answer->contacts, contact);
	}
	if (step != SQLITE_DONE)
		people_sqlite_fail(s, err_r);
	sqlite3_reset(statement);
	return step == SQLITE_DONE;
}

static bool read_threads(struct people_sqlite *s, struct arena *arena,
                         const struct str_list *threads, struct people_answer *answer,
                         struct error *err_r)
{
	sqlite3_stmt *statement = people_sqlite_prepare(s, read_thread, err_r);
	int step = SQLITE_DONE;

	if (statement == NULL)
		return false;
	for (size_t i = 0; i < threads->len && step == SQLITE_DONE; i++) {
		people_sqlite_bind(statement, 1, digest_text(arena, threads->items[i]));
		while ((step = sqlite3_step(statement)) == SQLITE_ROW)
			vec_push(arena, &answer->threads, people_sqlite_text(statement, 0, arena));
		if (step != SQLITE_DONE)
			people_sqlite_fail(s, err_r);
		sqlite3_reset(statement);
	}
	return step == SQLITE_DONE;
}

static bool read_histories(struct people_sqlite *s, struct arena *arena,
                           const struct people_question *question, struct people_answer *answer,
                           struct error *err_r)
{
	sqlite3_stmt *statement = people_sqlite_prepare(s, read_history, err_r);

	if (statement == NULL)
		return false;
	for (size_t i = 0; i < question->identities.len; i++) {
		struct people_history history = { .identity = question->identities.items[i] };
		int step;

		people_sqlite_bind(statement, 1, history.identity);
		people_sqlite_bind(statement, 2, question->history_scope);
		step = sqlite3_step(statement);
		if (step == SQLITE_ROW) {
			history.mean = sqlite3_column_int(statement, 0);
			history.count = sqlite3_column_int64(statement, 1);
			history.last_s = sqlite3_column_int64(statement, 2);
			vec_push(arena, &answer->histories, history);
		} else if (step != SQLITE_DONE) {
			people_sqlite_fail(s, err_r);
		}
		sqlite3_reset(statement);
		if (step != SQLITE_ROW && step != SQLITE_DONE)
			return false;
	}
	return true;
}

static bool read_all(struct people_sqlite *s, struct arena *arena,
                     const struct people_question *question, struct people_answer *answer,
                     struct error *err_r)
{
	return read_lists(s, arena, question, answer, err_r) &&
	       (question->author.len == 0 ||
	        read_known(s, arena, question->author, answer, err_r)) &&
	       (question->threads.len == 0 ||
	        read_threads(s, arena, &question->threads, answer, err_r)) &&
	       (question->identities.len == 0 || read_histories(s, arena, question, answer, err_r));
}

static bool sqlite_read(struct people_store *store, struct arena *arena,
                        const struct people_question *question, struct deadline deadline,
                        struct people_answer *answer_r, struct error *err_r)
{
	struct people_sqlite *s = (struct people_sqlite *)store;
	struct error ignored;
	bool ok;

	if (!is_current(s, err_r))
		return false;
	s->deadline = deadline;
	/* One view of the file, locked once. */
	ok = execute(s, "BEGIN", err_r) && read_all(s, arena, question, answer_r, err_r);
	s->deadline = deadline_never();
	if (sqlite3_get_autocommit(s->db) == 0)
		ok = execute(s, "COMMIT", ok ? err_r : &ignored) && ok;
	return ok;
}

/* Learning. */

static bool learn(struct people_sqlite *s, struct arena *arena, const struct people_lesson *lesson,
                  struct error *err_r)
{
	static const char *const texts[] = { [PEOPLE_WROTE_TO] = learn_contact,
		                             [PEOPLE_SENT] = learn_thread,
		                             [PEOPLE_SCORED] = learn_history };
	sqlite3_stmt *statement = people_sqlite_prepare(s, texts[lesson->kind], err_r);

	if (statement == NULL)
		return false;
	people_sqlite_bind(statement, 1,
	                   lesson->kind == PEOPLE_SENT ? digest_text(arena, lesson->name)
	                                               : lesson->name);
	people_sqlite_bind(statement, 2, lesson->scope);
	sqlite3_bind_int64(statement, 3, lesson->time_s);
	if (lesson->kind == PEOPLE_SCORED) {
		sqlite3_bind_int(statement, 4, lesson->score);
		sqlite3_bind_int64(statement, 5, lesson->window);
	}
	return people_sqlite_run(s, statement, err_r);
}

static bool sqlite_teach(struct people_store *store, const struct people_lesson *lessons,
                         size_t count, struct error *err_r)
{
	struct people_sqlite *s = (struct people_sqlite *)store;
	struct arena *arena = arena_new();
	struct error ignored;
	bool ok = is_current(s, err_r) && execute(s, "BEGIN IMMEDIATE", err_r);

	for (size_t i = 0; ok && i < count; i++)
		ok = learn(s, arena, &lessons[i], err_r);
	ok = ok && execute(s, "COMMIT", err_r);
	if (!ok && sqlite3_get_autocommit(s->db) == 0)
		execute(s, "ROLLBACK", &ignored);
	arena_free(arena);
	return ok;
}

static bool expire_by(struct people_sqlite *s, const char *text, int64_t value, bool *more,
                      struct error *err_r)
{
	sqlite3_stmt *statement = people_sqlite_prepare(s, text, err_r);

	if (statement == NULL)
		return false;
	sqlite3_bind_int64(statement, 1, value);
	if (!people_sqlite_run(s, statement, err_r))
		return false;
	*more = *more || sqlite3_changes(s->db) >= atoi(EXPIRE_STEP);
	return true;
}

static bool sqlite_expire(struct people_store *store, int64_t before_s, bool *more_r,
                          struct error *err_r)
{
	struct people_sqlite *s = (struct people_sqlite *)store;
	int64_t once_s = (int64_t)time(NULL) - PEOPLE_ONCE_S;

	for (size_t i = 0; i < TABLES; i++)
		if (!expire_by(s, expire_old[i], before_s, more_r, err_r) ||
		    !expire_by(s, expire_many[i], PEOPLE_ROWS_MAX, more_r, err_r))
			return false;
	return expire_by(s, expire_once, once_s, more_r, err_r);
}

const struct people_backend people_sqlite = {
	.knows = sqlite_knows,
	.exist = sqlite_exist,
	.open = sqlite_open,
	.close = sqlite_close,
	.read = sqlite_read,
	.teach = sqlite_teach,
	.enter = people_sqlite_enter,
	.remove = people_sqlite_remove,
	.show = people_sqlite_show,
	.expire = sqlite_expire,
};
