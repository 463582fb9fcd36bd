/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading lessons, and finding out whether there are others now. */
#include "store/lessons_sqlite.h"

#include <poll.h>
#include <sqlite3.h>
#include <string.h>

/* How often the file is looked at. */
#define LOOK_MS 250

void lessons_sqlite_row(sqlite3_stmt *statement, struct lessons_found *found_r)
{
	struct lesson_row *row = &found_r->row;
	const char *message = (const char *)sqlite3_column_text(statement, 1);
	struct str text = { message != NULL ? message : "",
		            (size_t)sqlite3_column_bytes(statement, 1) };
	int label = sqlite3_column_int(statement, 2), source = sqlite3_column_int(statement, 3);

	*found_r = (struct lessons_found){
		.row = {
			.label = (enum learn_label)label,
			.source = (enum lesson_source)source,
			.time_us = sqlite3_column_int64(statement, 4),
			.log_odds = sqlite3_column_int(statement, 5),
			.version = (unsigned)sqlite3_column_int(statement, 6),
			.features = { sqlite3_column_blob(statement, 7),
			              (size_t)sqlite3_column_bytes(statement, 7) },
		},
		.at = { (uint64_t)sqlite3_column_int64(statement, 0), 0 },
	};
	found_r->damaged = label < 0 || label >= LEARN_LABELS || source < 0 ||
	                   source >= LESSON_SOURCES || !lesson_row_is_message(text);
	if (!found_r->damaged)
		memcpy(row->message, text.data, LESSON_MESSAGE_SIZE - 1);
	if (!found_r->damaged)
		found_r->damaged =
			(uint64_t)sqlite3_column_int64(statement, 8) != lesson_row_checksum(row);
}

/* True where there is a file; else *ok_r says whether that is in order. */
static bool is_there(struct sqlite_lessons *l, bool *ok_r, struct error *err_r)
{
	bool there = lessons_sqlite_is_there(l, err_r);

	*ok_r = there || err_r->text[0] == '\0';
	return there;
}

bool lessons_sqlite_key(struct lessons *lessons, const unsigned char *proposed,
                        unsigned char key_r[LEARN_KEY_BYTES], bool *exists_r, struct error *err_r)
{
	struct sqlite_lessons *l = (struct sqlite_lessons *)lessons;
	sqlite3_stmt *s;
	bool ok;

	*exists_r = false;
	if (!is_there(l, &ok, err_r))
		return ok;
	if (proposed != NULL) {
		s = lessons_sqlite_prepare(
			l, "INSERT OR IGNORE INTO site (one, key) VALUES (1, ?1)", err_r);
		if (s == NULL)
			return false;
		sqlite3_bind_blob(s, 1, proposed, LEARN_KEY_BYTES, SQLITE_STATIC);
		ok = sqlite3_step(s) == SQLITE_DONE ||
		     lessons_sqlite_fail(l, err_r, "cannot be written");
		sqlite3_finalize(s);
		if (!ok)
			return false;
	}
	s = lessons_sqlite_prepare(l, "SELECT key FROM site", err_r);
	if (s == NULL)
		return false;
	*exists_r = sqlite3_step(s) == SQLITE_ROW;
	ok = sqlite3_errcode(l->db) == SQLITE_ROW || sqlite3_errcode(l->db) == SQLITE_DONE ||
	     lessons_sqlite_fail(l, err_r, "cannot be read");
	if (*exists_r && sqlite3_column_bytes(s, 0) == LEARN_KEY_BYTES)
		memcpy(key_r, sqlite3_column_blob(s, 0), LEARN_KEY_BYTES);
	else if (*exists_r)
		ok = error_set(err_r, "%s: its key is damaged", l->path);
	sqlite3_finalize(s);
	return ok;
}

bool lessons_sqlite_scope(struct sqlite_lessons *l, const char *scope, int64_t *id_r,
                          struct error *err_r)
{
	sqlite3_stmt *s = lessons_sqlite_prepare(l, "SELECT id FROM scopes WHERE name = ?1", err_r);
	int step;

	*id_r = 0;
	if (s == NULL)
		return false;
	sqlite3_bind_text(s, 1, scope, -1, SQLITE_STATIC);
	step = sqlite3_step(s);
	if (step == SQLITE_ROW)
		*id_r = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return step == SQLITE_ROW || step == SQLITE_DONE ||
	       lessons_sqlite_fail(l, err_r, "cannot be read");
}

#define STATE_COLUMNS "generation, ham, spam, bytes"

static struct lessons_state read_state(sqlite3_stmt *s)
{
	return (struct lessons_state){
		.generation = (uint64_t)sqlite3_column_int64(s, 0),
		.count = { (uint64_t)sqlite3_column_int64(s, 1),
		           (uint64_t)sqlite3_column_int64(s, 2) },
		.bytes = sqlite3_column_int64(s, 3),
	};
}

bool lessons_sqlite_read_state(struct lessons *lessons, const char *scope,
                               struct lessons_state *state_r, struct error *err_r)
{
	struct sqlite_lessons *l = (struct sqlite_lessons *)lessons;
	sqlite3_stmt *s;
	bool ok;
	int step;

	*state_r = (struct lessons_state){ 0 };
	if (!is_there(l, &ok, err_r))
		return ok;
	s = lessons_sqlite_prepare(l, "SELECT " STATE_COLUMNS " FROM scopes WHERE name = ?1",
	                           err_r);
	if (s == NULL)
		return false;
	sqlite3_bind_text(s, 1, scope, -1, SQLITE_STATIC);
	step = sqlite3_step(s);
	if (step == SQLITE_ROW)
		*state_r = read_state(s);
	sqlite3_finalize(s);
	return step == SQLITE_ROW || step == SQLITE_DONE ||
	       lessons_sqlite_fail(l, err_r, "cannot be read");
}

bool lessons_sqlite_read_scopes(struct lessons *lessons, lessons_visit_scope *visit, void *context,
                                struct error *err_r)
{
	struct sqlite_lessons *l = (struct sqlite_lessons *)lessons;
	sqlite3_stmt *s;
	bool ok;
	int step;

	if (!is_there(l, &ok, err_r))
		return ok;
	s = lessons_sqlite_prepare(l,
	                           "SELECT " STATE_COLUMNS ", name FROM scopes"
	                           " WHERE ham + spam > 0 ORDER BY name",
	                           err_r);
	if (s == NULL)
		return false;
	while ((step = sqlite3_step(s)) == SQLITE_ROW) {
		struct lessons_state state = read_state(s);
		const char *name = (const char *)sqlite3_column_text(s, 4);

		if (name == NULL || !visit(name, &state, context))
			break;
	}
	ok = step == SQLITE_ROW || step == SQLITE_DONE ||
	     lessons_sqlite_fail(l, err_r, "cannot be read");
	sqlite3_finalize(s);
	return ok;
}

static void add_count(struct lessons_counts *counts, sqlite3_stmt *s)
{
	int label = sqlite3_column_int(s, 0), source = sqlite3_column_int(s, 1);
	int64_t oldest = sqlite3_column_int64(s, 3), newest = sqlite3_column_int64(s, 4);

	if (label < 0 || label >= LEARN_LABELS || source < 0 || source >= LESSON_SOURCES)
		return;
	counts->by_source[label][source] = (uint64_t)sqlite3_column_int64(s, 2);
	if (counts->oldest_us == 0 || oldest < counts->oldest_us)
		counts->oldest_us = oldest;
	if (newest > counts->newest_us)
		counts->newest_us = newest;
}

bool lessons_sqlite_read_counts(struct lessons *lessons, const char *scope,
                                struct lessons_counts *counts_r, struct error *err_r)
{
	struct sqlite_lessons *l = (struct sqlite_lessons *)lessons;
	sqlite3_stmt *s;
	int64_t id;
	bool ok;
	int step;

	*counts_r = (struct lessons_counts){ 0 };
	if (!is_there(l, &ok, err_r))
		return ok;
	if (!lessons_sqlite_scope(l, scope, &id, err_r))
		return false;
	s = lessons_sqlite_prepare(l,
	                           "SELECT label, source, count(*), min(time_us), max(time_us)"
	                           " FROM lessons WHERE scope = ?1 GROUP BY label, source",
	                           err_r);
	if (s == NULL)
		return false;
	sqlite3_bind_int64(s, 1, id);
	while ((step = sqlite3_step(s)) == SQLITE_ROW)
		add_count(counts_r, s);
	sqlite3_finalize(s);
	return step == SQLITE_DONE || lessons_sqlite_fail(l, err_r, "cannot be read");
}

/* Of a statement whose parameters are the scope and `bound`. */
static bool read_rows(struct sqlite_lessons *l, const char *sql, const char *scope, int64_t bound,
                      lessons_visit *visit, void *context, struct error *err_r)
{
	sqlite3_stmt *s;
	int64_t id;
	bool ok;
	int step;

	if (!is_there(l, &ok, err_r))
		return ok;
	s = lessons_sqlite_scope(l, scope, &id, err_r) ? lessons_sqlite_prepare(l, sql, err_r)
	                                               : NULL;
	if (s == NULL)
		return false;
	sqlite3_bind_int64(s, 1, id);
	sqlite3_bind_int64(s, 2, bound);
	while ((step = sqlite3_step(s)) == SQLITE_ROW) {
		struct lessons_found found;

		lessons_sqlite_row(s, &found);
		if (!visit(&found, context))
			break;
	}
	ok = step == SQLITE_ROW || step == SQLITE_DONE ||
	     lessons_sqlite_fail(l, err_r, "cannot be read");
	sqlite3_finalize(s);
	return ok;
}

bool lessons_sqlite_read(struct lessons *lessons, const char *scope, struct lessons_position from,
                         lessons_visit *visit, void *context, struct error *err_r)
{
	return read_rows((struct sqlite_lessons *)lessons,
	                 "SELECT " LESSONS_SQLITE_COLUMNS " FROM lessons"
	                 " WHERE scope = ?1 AND position >= ?2 ORDER BY position",
	                 scope, (int64_t)from.major, visit, context, err_r);
}

bool lessons_sqlite_read_newest(struct lessons *lessons, const char *scope, size_t count,
                                lessons_visit *visit, void *context, struct error *err_r)
{
	return read_rows((struct sqlite_lessons *)lessons,
	                 "SELECT " LESSONS_SQLITE_COLUMNS " FROM lessons"
	                 " WHERE scope = ?1 ORDER BY position DESC LIMIT ?2",
	                 scope, (int64_t)count, visit, context, err_r);
}

/* Whether another connection has changed the file since. */
static bool has_changed(struct sqlite_lessons *l)
{
	struct error ignored;
	int64_t version;

	/* Who then reads is told why that fails. */
	if (!lessons_sqlite_is_there(l, &ignored))
		return ignored.text[0] != '\0';
	if (l->version == NULL)
		l->version = lessons_sqlite_prepare(l, "PRAGMA data_version", &ignored);
	if (l->version == NULL)
		return true;
	version = sqlite3_step(l->version) == SQLITE_ROW ? sqlite3_column_int64(l->version, 0) : -1;
	sqlite3_reset(l->version);
	if (version == l->seen_version && l->inode == l->seen_inode)
		return false;
	l->seen_version = version;
	l->seen_inode = l->inode;
	return true;
}

bool lessons_sqlite_wait(struct lessons *lessons, int timeout_ms)
{
	struct sqlite_lessons *l = (struct sqlite_lessons *)lessons;

	for (;;) {
		int pause_ms = timeout_ms < LOOK_MS ? timeout_ms : LOOK_MS;

		if (has_changed(l))
			return true;
		if (timeout_ms <= 0)
			return false;
		poll(NULL, 0, pause_ms);
		timeout_ms -= pause_ms;
	}
}
