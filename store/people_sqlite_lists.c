/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sqlite3.h>

#include "store/people_sqlite.h"

static const char find_entry[] = "SELECT list, unauthenticated FROM people_lists"
				 " WHERE scope = ?1 AND is_glob = ?2 AND pattern = ?3";
static const char set_entry[] = "INSERT OR REPLACE INTO people_lists"
				" (scope, is_glob, pattern, list, unauthenticated)"
				" VALUES (?1, ?2, ?3, ?4, ?5)";
static const char remove_entry[] =
	"DELETE FROM people_lists"
	" WHERE scope = ?1 AND is_glob = ?2 AND pattern = ?3 AND list = ?4";
static const char count_globs[] = "SELECT count(*) FROM people_lists"
				  " WHERE scope = ?1 AND is_glob = 1";
static const char show_all[] = "SELECT scope, pattern, unauthenticated FROM people_lists"
			       " WHERE list = ?1 ORDER BY scope, pattern";
static const char show_scope[] = "SELECT scope, pattern, unauthenticated FROM people_lists"
				 " WHERE scope = ?2 AND list = ?1 ORDER BY pattern";

static void bind_entry(sqlite3_stmt *statement, const struct people_entry *entry)
{
	people_sqlite_bind(statement, 1, entry->scope);
	sqlite3_bind_int(statement, 2, people_is_glob(entry->pattern));
	people_sqlite_bind(statement, 3, entry->pattern);
}

/* Whether it is there as it is. */
static bool is_there(struct people_sqlite *s, const struct people_entry *entry, bool *there_r,
                     struct error *err_r)
{
	sqlite3_stmt *statement = people_sqlite_prepare(s, find_entry, err_r);
	int step;

	if (statement == NULL)
		return false;
	bind_entry(statement, entry);
	step = sqlite3_step(statement);
	*there_r = step == SQLITE_ROW && sqlite3_column_int(statement, 0) == (int)entry->list &&
	           (sqlite3_column_int(statement, 1) != 0) == entry->unauthenticated;
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		people_sqlite_fail(s, err_r);
	sqlite3_reset(statement);
	return step == SQLITE_ROW || step == SQLITE_DONE;
}

static bool has_room(struct people_sqlite *s, const struct people_entry *entry, struct error *err_r)
{
	sqlite3_stmt *statement;
	int count;

	if (!people_is_glob(entry->pattern))
		return true;
	statement = people_sqlite_prepare(s, count_globs, err_r);
	if (statement == NULL)
		return false;
	people_sqlite_bind(statement, 1, entry->scope);
	count = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int(statement, 0) : 0;
	sqlite3_reset(statement);
	return count < PEOPLE_GLOBS_MAX ||
	       error_set(err_r, "there are %d patterns with * or ? already; remove some", count);
}

static bool write_entry(struct people_sqlite *s, const struct people_entry *entry,
                        struct error *err_r)
{
	sqlite3_stmt *statement = people_sqlite_prepare(s, set_entry, err_r);

	if (statement == NULL)
		return false;
	bind_entry(statement, entry);
	sqlite3_bind_int(statement, 4, (int)entry->list);
	sqlite3_bind_int(statement, 5, entry->unauthenticated);
	return people_sqlite_run(s, statement, err_r);
}

bool people_sqlite_enter(struct people_store *store, const struct people_entry *entry,
                         bool *changed_r, struct error *err_r)
{
	struct people_sqlite *s = (struct people_sqlite *)store;
	bool there;

	if (!is_there(s, entry, &there, err_r))
		return false;
	*changed_r = !there;
	return there || (has_room(s, entry, err_r) && write_entry(s, entry, err_r));
}

bool people_sqlite_remove(struct people_store *store, const struct people_entry *entry,
                          bool *changed_r, struct error *err_r)
{
	struct people_sqlite *s = (struct people_sqlite *)store;
	sqlite3_stmt *statement = people_sqlite_prepare(s, remove_entry, err_r);

	if (statement == NULL)
		return false;
	bind_entry(statement, entry);
	sqlite3_bind_int(statement, 4, (int)entry->list);
	if (!people_sqlite_run(s, statement, err_r))
		return false;
	*changed_r = sqlite3_changes(s->db) > 0;
	return true;
}

bool people_sqlite_show(struct people_store *store, struct arena *arena, enum people_list list,
                        const struct str *scope, struct people_entry_list *entries_r,
                        struct error *err_r)
{
	struct people_sqlite *s = (struct people_sqlite *)store;
	sqlite3_stmt *statement =
		people_sqlite_prepare(s, scope != NULL ? show_scope : show_all, err_r);
	int step;

	if (statement == NULL)
		return false;
	sqlite3_bind_int(statement, 1, (int)list);
	if (scope != NULL)
		people_sqlite_bind(statement, 2, *scope);
	while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
		struct people_entry entry = {
			.scope = people_sqlite_text(statement, 0, arena),
			.pattern = people_sqlite_text(statement, 1, arena),
			.list = list,
			.unauthenticated = sqlite3_column_int(statement, 2) != 0,
		};

		vec_push(arena, entries_r, entry);
	}
	if (step != SQLITE_DONE)
		people_sqlite_fail(s, err_r);
	sqlite3_reset(statement);
	return step == SQLITE_DONE;
}
