/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a file through for damage, as long as there is time. */
#include <sqlite3.h>
#include <string.h>

#include "store/store_sqlite.h"

/* Steps of SQLite's machine between looks at the clock: some tenths of a millisecond. */
#define STEPS 10000

static int is_over(void *context)
{
	return deadline_passed(*(struct deadline *)context);
}

static bool says_ok(sqlite3_stmt *statement)
{
	const char *text = (const char *)sqlite3_column_text(statement, 0);

	return text != NULL && strcmp(text, "ok") == 0;
}

bool store_sqlite_look_for_damage(struct store *store, struct deadline deadline, bool *whole_r,
                                  struct error *err_r)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	sqlite3_stmt *statement;
	bool ok = true;
	int step;

	*whole_r = true;
	if (sqlite3_prepare_v2(s->db, "PRAGMA quick_check(1)", -1, &statement, NULL) != SQLITE_OK)
		return store_sqlite_fail(s, err_r, "cannot be checked");
	sqlite3_progress_handler(s->db, STEPS, is_over, &deadline);
	step = sqlite3_step(statement);
	if (step == SQLITE_INTERRUPT)
		*whole_r = false;
	else if (step != SQLITE_ROW)
		ok = store_sqlite_fail(s, err_r, "cannot be checked");
	else if (!says_ok(statement))
		ok = error_set(err_r, "%s: is damaged: %s", s->path,
		               (const char *)sqlite3_column_text(statement, 0));
	sqlite3_progress_handler(s->db, 0, NULL, NULL);
	sqlite3_finalize(statement);
	return ok;
}
