/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counting by time in SQLite: each kind has an index that has all of it, and a number an hour. */
#include "store/store_sqlite.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define SQL_MAX 512
#define HOUR_US (INT64_C(3600) * 1000000)

static sqlite3_stmt *prepare(const struct sqlite_store *s, const char *sql, struct error *err_r)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL) == SQLITE_OK)
		return statement;
	store_sqlite_fail(s, err_r, "cannot be read");
	return NULL;
}

/* The number that a statement gives, which can be run again; 0 where there is no row. */
static bool read_number(const struct sqlite_store *s, sqlite3_stmt *statement, int64_t *number_r,
                        struct error *err_r)
{
	int step = sqlite3_step(statement);
	bool ok = step == SQLITE_ROW || step == SQLITE_DONE;

	*number_r = step == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
	if (!ok)
		store_sqlite_fail(s, err_r, "cannot be read");
	sqlite3_reset(statement);
	return ok;
}

static const char *narrowing(const char *account, const char **index_r)
{
	*index_r = "records_kind";
	if (!store_given(account))
		return "";
	*index_r = strchr(account, '@') != NULL ? "records_recipient" : "records_recipient_domain";
	return strchr(account, '@') != NULL ? " AND recipient = ?3" : " AND recipient_domain = ?3";
}

/* Statements that count a kind from ?1 until ?2. */
struct counting {
	sqlite3_stmt *records; /* one by one */
	sqlite3_stmt *hours;   /* of which there is a number; NULL: not of one account */
};

static bool begin_counting(const struct sqlite_store *s, enum record_kind kind, const char *account,
                           struct counting *counting_r, struct error *err_r)
{
	const char *index, *narrowed = narrowing(account, &index);
	char sql[SQL_MAX];

	*counting_r = (struct counting){ 0 };
	snprintf(sql, sizeof(sql),
	         "SELECT count(*) FROM records INDEXED BY %s WHERE kind = %d AND time_us >= ?1"
	         " AND time_us < ?2%s",
	         index, (int)kind, narrowed);
	counting_r->records = prepare(s, sql, err_r);
	if (counting_r->records == NULL)
		return false;
	if (narrowed[0] != '\0') {
		store_sqlite_bind_text(counting_r->records, 3, account);
		return true;
	}
	snprintf(
		sql, sizeof(sql),
		"SELECT total(count) FROM hours WHERE kind = %d AND hour_us >= ?1 AND hour_us < ?2",
		(int)kind);
	counting_r->hours = prepare(s, sql, err_r);
	return counting_r->hours != NULL;
}

static bool add_count(const struct sqlite_store *s, sqlite3_stmt *statement, int64_t from_us,
                      int64_t until_us, int64_t *count, struct error *err_r)
{
	int64_t number;
	bool ok;

	if (from_us >= until_us)
		return true;
	sqlite3_bind_int64(statement, 1, from_us);
	sqlite3_bind_int64(statement, 2, until_us);
	ok = read_number(s, statement, &number, err_r);
	*count += ok ? number : 0;
	return ok;
}

/* The whole hours by their numbers, and what is beside them one by one. */
static bool count_span(const struct sqlite_store *s, const struct counting *counting,
                       int64_t from_us, int64_t until_us, int64_t *count_r, struct error *err_r)
{
	int64_t first = store_hour(from_us + HOUR_US - 1), last = store_hour(until_us);

	*count_r = 0;
	if (counting->hours == NULL || first >= last)
		return add_count(s, counting->records, from_us, until_us, count_r, err_r);
	return add_count(s, counting->records, from_us, first, count_r, err_r) &&
	       add_count(s, counting->hours, first, last, count_r, err_r) &&
	       add_count(s, counting->records, last, until_us, count_r, err_r);
}

bool store_sqlite_count_spans(struct store *store, enum record_kind kind, const char *account,
                              const int64_t *bounds_us, size_t span_count, int64_t *counts_r,
                              struct error *err_r)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct counting counting;
	bool ok = begin_counting(s, kind, account, &counting, err_r);

	for (size_t i = 0; ok && i < span_count; i++)
		ok = count_span(s, &counting, bounds_us[i], bounds_us[i + 1], &counts_r[i], err_r);
	sqlite3_finalize(counting.records);
	sqlite3_finalize(counting.hours);
	return ok;
}

bool store_sqlite_first_id(struct store *store, int64_t since_us, int64_t *id_r,
                           struct error *err_r)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	sqlite3_stmt *statement =
		prepare(s,
	                "SELECT id FROM records INDEXED BY records_kind WHERE kind = ?1 AND"
	                " time_us >= ?2 ORDER BY time_us, id LIMIT 1",
	                err_r);
	bool ok = statement != NULL;

	*id_r = 0;
	for (int kind = 0; ok && kind < RECORD_KIND_COUNT; kind++) {
		int64_t id;

		sqlite3_bind_int(statement, 1, kind);
		sqlite3_bind_int64(statement, 2, since_us);
		ok = read_number(s, statement, &id, err_r);
		if (ok && id > 0 && (*id_r == 0 || id < *id_r))
			*id_r = id;
	}
	sqlite3_finalize(statement);
	return ok;
}
