/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adding lessons and taking them out: each a transaction, whose commit is durable. */
#include "store/lessons_sqlite.h"

#include <sqlite3.h>
#include <string.h>

/* Statements that are kept prepared. */
enum statement {
	ADD_SCOPE,
	FIND_ROW,
	ADD_ROW,
	REMOVE_ROW,
	CHANGE_SCOPE,
	OLDEST_ROWS,
};

static const char *const texts[] = {
	[ADD_SCOPE] = "INSERT INTO scopes (name, generation, ham, spam, bytes)"
		      " VALUES (?1, random(), 0, 0, 0)",
	[FIND_ROW] =
		"SELECT " LESSONS_SQLITE_COLUMNS " FROM lessons WHERE scope = ?1 AND message = ?2",
	[ADD_ROW] = "INSERT INTO lessons (message, label, source, time_us, log_odds, version,"
		    " features, checksum, scope) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[REMOVE_ROW] = "DELETE FROM lessons WHERE position = ?1",
	[CHANGE_SCOPE] = "UPDATE scopes SET ham = ham + ?2, spam = spam + ?3, bytes = bytes + ?4,"
			 " generation = CASE ?5 WHEN 0 THEN generation ELSE random() END"
			 " WHERE id = ?1",
	[OLDEST_ROWS] =
		"SELECT " LESSONS_SQLITE_COLUMNS " FROM lessons WHERE scope = ?1 ORDER BY position",
};

static sqlite3_stmt *statement(struct sqlite_lessons *l, enum statement which, struct error *err_r)
{
	if (l->statements[which] == NULL)
		l->statements[which] = lessons_sqlite_prepare(l, texts[which], err_r);
	return l->statements[which];
}

/* For one that gives no rows. */
static bool run(struct sqlite_lessons *l, sqlite3_stmt *s, struct error *err_r)
{
	bool ok = sqlite3_step(s) == SQLITE_DONE ||
	          lessons_sqlite_fail(l, err_r, "cannot be written");

	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	return ok;
}

/* What a transaction does to a scope. */
struct change {
	int64_t scope;
	int64_t count[LEARN_LABELS];
	int64_t bytes;
	bool removes;
};

static void count_row(struct change *change, const struct lesson_row *row, int64_t by)
{
	if (row->label < LEARN_LABELS)
		change->count[row->label] += by;
	change->bytes += by * (int64_t)row->features.len;
	change->removes = change->removes || by < 0;
}

static bool begin(struct sqlite_lessons *l, struct error *err_r)
{
	if (lessons_sqlite_is_there(l, err_r))
		return lessons_sqlite_execute(l, "BEGIN IMMEDIATE", err_r);
	if (err_r->text[0] == '\0')
		error_set(err_r, "%s: is not there", l->path);
	return false;
}

/* The transaction's end. */
static bool end(struct sqlite_lessons *l, const struct change *change, bool ok, struct error *err_r)
{
	sqlite3_stmt *s = ok ? statement(l, CHANGE_SCOPE, err_r) : NULL;

	if (s != NULL) {
		sqlite3_bind_int64(s, 1, change->scope);
		sqlite3_bind_int64(s, 2, change->count[LEARN_HAM]);
		sqlite3_bind_int64(s, 3, change->count[LEARN_SPAM]);
		sqlite3_bind_int64(s, 4, change->bytes);
		sqlite3_bind_int64(s, 5, change->removes);
		if (run(l, s, err_r) && lessons_sqlite_execute(l, "COMMIT", err_r))
			return true;
	}
	sqlite3_exec(l->db, "ROLLBACK", NULL, NULL, NULL);
	return false;
}

static bool make_scope(struct sqlite_lessons *l, const char *scope, int64_t *id_r,
                       struct error *err_r)
{
	sqlite3_stmt *s;

	if (!lessons_sqlite_scope(l, scope, id_r, err_r))
		return false;
	if (*id_r != 0)
		return true;
	s = statement(l, ADD_SCOPE, err_r);
	if (s == NULL)
		return false;
	sqlite3_bind_text(s, 1, scope, -1, SQLITE_STATIC);
	if (!run(l, s, err_r))
		return false;
	*id_r = sqlite3_last_insert_rowid(l->db);
	return true;
}

/* Takes out the row on which a statement stands, and resets that. */
static bool remove_row(struct sqlite_lessons *l, struct change *change,
                       const struct lessons_found *found, struct error *err_r)
{
	sqlite3_stmt *s = statement(l, REMOVE_ROW, err_r);

	if (s == NULL)
		return false;
	count_row(change, &found->row, -1);
	sqlite3_bind_int64(s, 1, (int64_t)found->at.major);
	return run(l, s, err_r);
}

static bool add_row(struct sqlite_lessons *l, struct change *change, const struct lesson_row *row,
                    struct error *err_r)
{
	sqlite3_stmt *s = statement(l, ADD_ROW, err_r);

	if (s == NULL)
		return false;
	count_row(change, row, 1);
	sqlite3_bind_text(s, 1, row->message, -1, SQLITE_STATIC);
	sqlite3_bind_int(s, 2, (int)row->label);
	sqlite3_bind_int(s, 3, (int)row->source);
	sqlite3_bind_int64(s, 4, row->time_us);
	sqlite3_bind_int(s, 5, row->log_odds);
	sqlite3_bind_int(s, 6, (int)row->version);
	sqlite3_bind_blob(s, 7, row->features.len > 0 ? row->features.data : "",
	                  (int)row->features.len, SQLITE_STATIC);
	sqlite3_bind_int64(s, 8, (int64_t)lesson_row_checksum(row));
	sqlite3_bind_int64(s, 9, change->scope);
	return run(l, s, err_r);
}

/* *found_r: there is such a row, and it stands in `old_r`, whose features are not kept. */
static bool find_row(struct sqlite_lessons *l, int64_t scope, const char *message,
                     struct lessons_found *old_r, bool *found_r, struct error *err_r)
{
	sqlite3_stmt *s = statement(l, FIND_ROW, err_r);
	int step;

	if (s == NULL)
		return false;
	sqlite3_bind_int64(s, 1, scope);
	sqlite3_bind_text(s, 2, message, -1, SQLITE_STATIC);
	step = sqlite3_step(s);
	*found_r = step == SQLITE_ROW;
	if (*found_r) {
		lessons_sqlite_row(s, old_r);
		old_r->row.features.data = NULL;
	}
	sqlite3_reset(s);
	return step == SQLITE_ROW || step == SQLITE_DONE ||
	       lessons_sqlite_fail(l, err_r, "cannot be read");
}

static bool merge_row(struct sqlite_lessons *l, struct change *change, struct lesson_row *row,
                      enum lesson_outcome *outcome_r, struct error *err_r)
{
	struct lessons_found old;
	bool found;

	if (!find_row(l, change->scope, row->message, &old, &found, err_r))
		return false;
	/* A damaged one says nothing. */
	*outcome_r = lesson_row_merge(found && !old.damaged ? &old.row : NULL, row);
	if (*outcome_r == LESSON_KNOWN || *outcome_r == LESSON_OVERRULED)
		return true;
	return (!found || remove_row(l, change, &old, err_r)) && add_row(l, change, row, err_r);
}

bool lessons_sqlite_add(struct lessons *lessons, const char *scope, struct lesson_row *rows,
                        size_t count, enum lesson_outcome *outcomes_r, struct error *err_r)
{
	struct sqlite_lessons *l = (struct sqlite_lessons *)lessons;
	struct change change = { 0 };
	bool ok;

	if (!begin(l, err_r))
		return false;
	ok = make_scope(l, scope, &change.scope, err_r);
	for (size_t i = 0; ok && i < count; i++)
		ok = merge_row(l, &change, &rows[i], &outcomes_r[i], err_r);
	return end(l, &change, ok, err_r);
}

bool lessons_sqlite_forget(struct lessons *lessons, const char *scope, const char *message,
                           bool *found_r, struct error *err_r)
{
	struct sqlite_lessons *l = (struct sqlite_lessons *)lessons;
	struct change change = { 0 };
	struct lessons_found old;
	bool ok;

	*found_r = false;
	if (!begin(l, err_r))
		return false;
	ok = lessons_sqlite_scope(l, scope, &change.scope, err_r) &&
	     find_row(l, change.scope, message, &old, found_r, err_r) &&
	     (!*found_r || remove_row(l, &change, &old, err_r));
	return end(l, &change, ok, err_r);
}

bool lessons_sqlite_set_aside(struct lessons *lessons, const char *scope,
                              struct lessons_position at, struct error *err_r)
{
	struct sqlite_lessons *l = (struct sqlite_lessons *)lessons;
	struct change change = { 0 };
	char sql[200];
	bool ok;

	/* What it was counted as isn't known any more. */
	if (!begin(l, err_r))
		return false;
	sqlite3_snprintf(sizeof(sql), sql,
	                 "INSERT INTO damaged SELECT * FROM lessons WHERE position = %lld;"
	                 "DELETE FROM lessons WHERE position = %lld",
	                 (long long)at.major, (long long)at.major);
	change.removes = true;
	ok = lessons_sqlite_scope(l, scope, &change.scope, err_r) &&
	     lessons_sqlite_execute(l, sql, err_r);
	if (ok) {
		sqlite3_snprintf(sizeof(sql), sql,
		                 "UPDATE scopes SET ham = (SELECT count(*) FROM lessons WHERE"
		                 " scope = id AND label = 0) WHERE id = %lld",
		                 (long long)change.scope);
		ok = lessons_sqlite_execute(l, sql, err_r);
		sqlite3_snprintf(sizeof(sql), sql,
		                 "UPDATE scopes SET spam = (SELECT count(*) FROM lessons WHERE"
		                 " scope = id AND label = 1) WHERE id = %lld",
		                 (long long)change.scope);
		ok = ok && lessons_sqlite_execute(l, sql, err_r);
	}
	return end(l, &change, ok, err_r);
}

/* Takes rows out from the front while they are too old or too many. */
static bool expire_rows(struct sqlite_lessons *l, struct change *change,
                        const struct lessons_limits *limits, int64_t bytes, size_t *dropped_r,
                        struct error *err_r)
{
	int64_t low = limits->max_bytes > 0 && bytes > limits->max_bytes
	                      ? lessons_low_water(limits->max_bytes)
	                      : INT64_MAX;
	sqlite3_stmt *s = statement(l, OLDEST_ROWS, err_r);
	bool ok = s != NULL;
	int step = SQLITE_DONE;

	if (ok)
		sqlite3_bind_int64(s, 1, change->scope);
	while (ok && (step = sqlite3_step(s)) == SQLITE_ROW) {
		struct lessons_found found;

		lessons_sqlite_row(s, &found);
		if (found.row.time_us >= limits->since_us && bytes + change->bytes <= low)
			break;
		ok = remove_row(l, change, &found, err_r);
		*dropped_r += 1;
	}
	if (ok && step != SQLITE_ROW && step != SQLITE_DONE)
		ok = lessons_sqlite_fail(l, err_r, "cannot be read");
	if (s != NULL)
		sqlite3_reset(s);
	return ok;
}

bool lessons_sqlite_expire(struct lessons *lessons, const char *scope,
                           const struct lessons_limits *limits, size_t *dropped_r,
                           struct error *err_r)
{
	struct sqlite_lessons *l = (struct sqlite_lessons *)lessons;
	struct change change = { 0 };
	struct lessons_state state;
	bool ok;

	*dropped_r = 0;
	if (!begin(l, err_r))
		return false;
	ok = lessons_sqlite_scope(l, scope, &change.scope, err_r) &&
	     lessons_sqlite_read_state(lessons, scope, &state, err_r) &&
	     expire_rows(l, &change, limits, state.bytes, dropped_r, err_r);
	ok = end(l, &change, ok, err_r);
	if (!ok)
		*dropped_r = 0;
	return ok;
}

bool lessons_sqlite_take_key(struct lessons *lessons, const unsigned char key[LEARN_KEY_BYTES],
                             struct error *err_r)
{
	struct sqlite_lessons *l = (struct sqlite_lessons *)lessons;
	sqlite3_stmt *s;
	bool ok;

	if (!lessons_sqlite_is_there(l, err_r))
		return false;
	/* One statement, so that nobody can learn between the question and the answer. */
	s = lessons_sqlite_prepare(l,
	                           "INSERT OR REPLACE INTO site (one, key)"
	                           " SELECT 1, ?1 WHERE NOT EXISTS (SELECT 1 FROM lessons)",
	                           err_r);
	if (s == NULL)
		return false;
	sqlite3_bind_blob(s, 1, key, LEARN_KEY_BYTES, SQLITE_STATIC);
	ok = run(l, s, err_r);
	sqlite3_finalize(s);
	return ok;
}
