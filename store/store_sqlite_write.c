/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing to SQLite, and what is not kept any longer. */
#include "store/store_sqlite.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "store/record_codec.h"

/* Pages that the file becomes smaller by in one step. */
#define VACUUM_STEP "500"
#define SQL_MAX     2048

enum statement {
	STATEMENT_BEGIN,
	STATEMENT_COMMIT,
	STATEMENT_INSERT,
	STATEMENT_COUNT_HOUR,
	STATEMENT_REPLACE,
	STATEMENT_ANY_OFFER,
	STATEMENT_FIND_RECORD,
	STATEMENT_FIND_OFFER,
	STATEMENT_ADD_OFFER,
	STATEMENT_MOVE_OFFER,
	STATEMENT_END_OFFER,
	STATEMENT_FORGET_OFFER,
	STATEMENT_COUNT,
	STATEMENT_RETRACT,
	STATEMENT_EXPIRE, /* these two are put together from the kinds */
	STATEMENT_EXPIRE_DELIVERIES,
	STATEMENT_EXPIRE_COUNTS,
	STATEMENT_EXPIRE_OFFERS,
};

static const char *const statement_sql[] = {
	[STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
	[STATEMENT_COMMIT] = "COMMIT",
	[STATEMENT_INSERT] =
		"INSERT INTO records (kind, queue_id, scan_id, recipient, destination, message_id,"
		" content, time_us, sender, recipient_domain, destination_domain, score, threshold,"
		" client_ip, client_name, rules, size, tagged, kept, subject, authentication,"
		" threshold_origin, signature, matched, exempt, doubt, reported_as) VALUES (?1, ?2, ?3,"
		" ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?20, ?21,"
		" ?22, ?23, ?24, ?25, ?26, ?27, ?28) ON CONFLICT DO NOTHING",
	[STATEMENT_COUNT_HOUR] = "INSERT INTO hours (kind, hour_us, count) VALUES (?1, ?2, 1)"
				 " ON CONFLICT DO UPDATE SET count = count + 1",
	[STATEMENT_REPLACE] =
		"UPDATE OR REPLACE records SET kind = ?1, queue_id = ?2, scan_id = ?3,"
		" recipient = ?4, destination = ?5, message_id = ?6, content = ?7, time_us = ?8,"
		" sender = ?9, recipient_domain = ?10, destination_domain = ?11, score = ?12,"
		" threshold = ?13, client_ip = ?14, client_name = ?15, rules = ?16, size = ?17,"
		" tagged = ?18, kept = ?20, subject = ?21, authentication = ?22,"
		" threshold_origin = ?23, signature = ?24, matched = ?25, exempt = ?26, doubt = ?27,"
		" reported_as = ?28"
		" WHERE id = ?19",
	[STATEMENT_ANY_OFFER] = "SELECT EXISTS (SELECT 1 FROM unanswered)",
	[STATEMENT_FIND_RECORD] = SQLITE_STORE_FIND_RECORD,
	/* Of the same origin, between ?3 and ?4; of another, up to ?5. */
	[STATEMENT_FIND_OFFER] = "SELECT record_id FROM unanswered WHERE key = ?1 AND"
				 " scan_id <> ?2 AND time_us >= ?3 AND"
				 " time_us <= CASE origin WHEN ?6 THEN ?4 ELSE ?5 END"
				 " ORDER BY time_us LIMIT 1",
	[STATEMENT_ADD_OFFER] = "INSERT OR REPLACE INTO unanswered (key, record_id, scan_id,"
				" time_us, origin) VALUES (?1, ?2, ?3, ?4, ?5)",
	[STATEMENT_MOVE_OFFER] = "UPDATE OR REPLACE unanswered SET scan_id = ?3, time_us = ?4,"
				 " origin = ?5 WHERE key = ?1 AND record_id = ?2 AND"
				 " time_us <= ?4",
	[STATEMENT_END_OFFER] = "DELETE FROM unanswered WHERE key = ?1 AND scan_id = ?2",
	[STATEMENT_FORGET_OFFER] = "DELETE FROM unanswered WHERE key = ?1 AND record_id = ?2",
	[STATEMENT_COUNT] =
		"INSERT INTO counts (kind, hour_us, domain, count) VALUES (?1, ?2, lower(?3), 1)"
		" ON CONFLICT DO UPDATE SET count = count + 1",
	[STATEMENT_RETRACT] =
		"DELETE FROM records WHERE CASE queue_id WHEN '' THEN scan_id ELSE queue_id END ="
		" CASE ?2 WHEN '' THEN ?3 ELSE ?2 END AND recipient = ?4 AND destination = ?5"
		" AND kind = ?1 AND message_id = ?6 AND content = ?7",
	[STATEMENT_EXPIRE_COUNTS] = "DELETE FROM counts WHERE hour_us < ?1",
	[STATEMENT_EXPIRE_OFFERS] = "DELETE FROM unanswered WHERE time_us < ?1",
};

/* The oldest of some kinds: each kind's index has them in order, and SQLite merges. */
static const char *make_expire(char sql[SQL_MAX], bool deliveries_only)
{
	const char *separator = "";

	strcpy(sql, "DELETE FROM records WHERE id IN (SELECT id FROM (");
	for (int kind = 0; kind < RECORD_KIND_COUNT; kind++) {
		if (deliveries_only && !store_is_delivery((enum record_kind)kind))
			continue;
		sprintf(sql + strlen(sql),
		        "%sSELECT id, time_us FROM records WHERE kind = %d AND time_us < ?1",
		        separator, kind);
		separator = " UNION ALL ";
	}
	return strcat(sql, " ORDER BY time_us LIMIT ?2))");
}

/* The prepared statement, or NULL with the reason. */
static sqlite3_stmt *prepare(struct sqlite_store *s, enum statement number, struct error *err_r)
{
	const char *sql = statement_sql[number];
	char made[SQL_MAX];

	if (s->statements[number] != NULL)
		return s->statements[number];
	if (sql == NULL)
		sql = make_expire(made, number == STATEMENT_EXPIRE_DELIVERIES);
	if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->statements[number],
	                       NULL) != SQLITE_OK)
		store_sqlite_fail(s, err_r, "cannot be written");
	return s->statements[number];
}

static bool run(struct sqlite_store *s, sqlite3_stmt *statement, struct error *err_r)
{
	bool ok = sqlite3_step(statement) == SQLITE_DONE ||
	          store_sqlite_fail(s, err_r, "cannot be written");

	sqlite3_reset(statement);
	return ok;
}

static bool run_number(struct sqlite_store *s, enum statement number, struct error *err_r)
{
	sqlite3_stmt *statement = prepare(s, number, err_r);

	return statement != NULL && run(s, statement, err_r);
}

static void bind_record(sqlite3_stmt *statement, const struct record *record)
{
	store_sqlite_bind_key(statement, record);
	sqlite3_bind_int64(statement, 8, record->time_us);
	store_sqlite_bind_text(statement, 9, record->sender);
	store_sqlite_bind_text(statement, 10, store_domain(store_text(record->recipient)));
	store_sqlite_bind_text(statement, 11, store_domain(store_text(record->destination)));
	sqlite3_bind_int(statement, 12, record->score);
	sqlite3_bind_int(statement, 13, record->threshold);
	store_sqlite_bind_text(statement, 14, record->client_ip);
	store_sqlite_bind_text(statement, 15, record->client_name);
	store_sqlite_bind_text(statement, 16, record->rules);
	sqlite3_bind_int64(statement, 17, record->size);
	sqlite3_bind_int(statement, 18, record->tagged != 0);
	store_sqlite_bind_text(statement, 20, record->kept);
	store_sqlite_bind_text(statement, 21, record->subject);
	store_sqlite_bind_text(statement, 22, record->authentication);
	store_sqlite_bind_text(statement, 23, record->threshold_origin);
	store_sqlite_bind_text(statement, 24, record->signature);
	store_sqlite_bind_text(statement, 25, record->matched);
	sqlite3_bind_int64(statement, 26, record->exempt);
	sqlite3_bind_int(statement, 27, record->doubt);
	store_sqlite_bind_text(statement, 28, record->reported_as);
}

/* Offers that were not answered. */

/* Most stores have none nearly always, and then nothing is looked for. */
static bool look_for_offers(struct sqlite_store *s, struct error *err_r)
{
	sqlite3_stmt *statement = prepare(s, STATEMENT_ANY_OFFER, err_r);
	int step;

	if (statement == NULL)
		return false;
	step = sqlite3_step(statement);
	if (step == SQLITE_ROW)
		s->has_offers = sqlite3_column_int(statement, 0) != 0;
	else
		store_sqlite_fail(s, err_r, "cannot be read");
	sqlite3_reset(statement);
	return step == SQLITE_ROW;
}

/* The id that a statement finds, or 0. */
static bool find_id(struct sqlite_store *s, sqlite3_stmt *statement, int64_t *id_r,
                    struct error *err_r)
{
	int step = sqlite3_step(statement);

	*id_r = step == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		store_sqlite_fail(s, err_r, "cannot be read");
	sqlite3_reset(statement);
	return step == SQLITE_ROW || step == SQLITE_DONE;
}

/* The MTA has its answer on this very one; a twin of it may still wait. */
static bool end_offer(struct sqlite_store *s, const struct record *record, const char *offer,
                      struct error *err_r)
{
	sqlite3_stmt *statement = prepare(s, STATEMENT_END_OFFER, err_r);

	if (statement == NULL)
		return false;
	store_sqlite_bind_text(statement, 1, offer);
	store_sqlite_bind_text(statement, 2, record->scan_id);
	return run(s, statement, err_r);
}

/* Whatever waits for the answer on a record does no more. */
static bool forget_offer(struct sqlite_store *s, const char *offer, int64_t id, struct error *err_r)
{
	sqlite3_stmt *statement = prepare(s, STATEMENT_FORGET_OFFER, err_r);

	if (statement == NULL)
		return false;
	store_sqlite_bind_text(statement, 1, offer);
	sqlite3_bind_int64(statement, 2, id);
	return run(s, statement, err_r);
}

/* A record waits for its answer; or (move) one that waits already does so under this scan. */
static bool set_offer(struct sqlite_store *s, enum statement number, const struct record *record,
                      const char *offer, int64_t id, struct error *err_r)
{
	sqlite3_stmt *statement = prepare(s, number, err_r);

	if (statement == NULL)
		return false;
	store_sqlite_bind_text(statement, 1, offer);
	sqlite3_bind_int64(statement, 2, id);
	store_sqlite_bind_text(statement, 3, record->scan_id);
	sqlite3_bind_int64(statement, 4, record->time_us);
	store_sqlite_bind_text(statement, 5, record->origin);
	s->has_offers = true;
	return run(s, statement, err_r);
}

/* The id of the record of an earlier offer of the same message, or 0. */
static bool find_offer(struct sqlite_store *s, const struct record *record, const char *offer,
                       int64_t *id_r, struct error *err_r)
{
	sqlite3_stmt *statement = prepare(s, STATEMENT_FIND_OFFER, err_r);

	if (statement == NULL)
		return false;
	store_sqlite_bind_text(statement, 1, offer);
	store_sqlite_bind_text(statement, 2, record->scan_id);
	sqlite3_bind_int64(statement, 3, record->time_us - RECORD_OFFER_MAX_US);
	sqlite3_bind_int64(statement, 4, record->time_us - RECORD_OFFER_MIN_US);
	sqlite3_bind_int64(statement, 5, record->time_us + RECORD_OFFER_SKEW_US);
	store_sqlite_bind_text(statement, 6, record->origin);
	return find_id(s, statement, id_r, err_r);
}

/* Records. */

static bool find_record(struct sqlite_store *s, const struct record *record, int64_t *id_r,
                        struct error *err_r)
{
	sqlite3_stmt *statement = prepare(s, STATEMENT_FIND_RECORD, err_r);

	if (statement == NULL)
		return false;
	store_sqlite_bind_key(statement, record);
	return find_id(s, statement, id_r, err_r);
}

static bool replace_record(struct sqlite_store *s, const struct record *record, const char *offer,
                           int64_t id, struct error *err_r)
{
	sqlite3_stmt *statement = prepare(s, STATEMENT_REPLACE, err_r);

	if (statement == NULL)
		return false;
	bind_record(statement, record);
	sqlite3_bind_int64(statement, 19, id);
	if (!run(s, statement, err_r) || !forget_offer(s, offer, id, err_r))
		return false;
	return !store_awaits_answer(record) ||
	       set_offer(s, STATEMENT_ADD_OFFER, record, offer, id, err_r);
}

/* What is removed or changed is counted by triggers; for each record that is added, one would cost
 * as much as half of adding it. */
static bool count_hour(struct sqlite_store *s, const struct record *record, struct error *err_r)
{
	sqlite3_stmt *statement = prepare(s, STATEMENT_COUNT_HOUR, err_r);

	if (statement == NULL)
		return false;
	sqlite3_bind_int(statement, 1, record->kind);
	sqlite3_bind_int64(statement, 2, store_hour(record->time_us));
	return run(s, statement, err_r);
}

static bool insert_record(struct sqlite_store *s, const struct record *record, const char *offer,
                          struct error *err_r)
{
	sqlite3_stmt *statement = prepare(s, STATEMENT_INSERT, err_r);
	int64_t id;

	if (statement == NULL)
		return false;
	bind_record(statement, record);
	if (!run(s, statement, err_r))
		return false;
	if (sqlite3_changes(s->db) == 0)
		return true;
	id = sqlite3_last_insert_rowid(s->db);
	if (!count_hour(s, record, err_r))
		return false;
	return offer[0] == '\0' || !store_awaits_answer(record) ||
	       set_offer(s, STATEMENT_ADD_OFFER, record, offer, id, err_r);
}

static bool count_record(struct sqlite_store *s, const struct record *record, struct error *err_r)
{
	sqlite3_stmt *statement = prepare(s, STATEMENT_COUNT, err_r);

	if (statement == NULL)
		return false;
	sqlite3_bind_int(statement, 1, record->kind);
	sqlite3_bind_int64(statement, 2, store_hour(record->time_us));
	store_sqlite_bind_text(statement, 3, store_domain(store_text(record->recipient)));
	return run(s, statement, err_r);
}

static bool write_offered(struct sqlite_store *s, const struct record *record, const char *offer,
                          struct error *err_r)
{
	int64_t id;

	if (offer[0] == '\0')
		return record->answered || insert_record(s, record, offer, err_r);
	if (record->answered)
		return end_offer(s, record, offer, err_r);
	/* One that is there must not take the place of another as well. */
	if (!find_record(s, record, &id, err_r))
		return false;
	if (id != 0)
		return set_offer(s, STATEMENT_MOVE_OFFER, record, offer, id, err_r);
	if (!find_offer(s, record, offer, &id, err_r))
		return false;
	return id != 0 ? replace_record(s, record, offer, id, err_r)
	               : insert_record(s, record, offer, err_r);
}

static bool write_record(struct sqlite_store *s, const struct record *record, struct error *err_r)
{
	struct arena *arena;
	bool ok;

	if (store_is_counted(record->kind))
		return count_record(s, record, err_r);
	if (!s->has_offers && !store_awaits_answer(record))
		return record->answered || insert_record(s, record, "", err_r);
	arena = arena_new();
	ok = write_offered(s, record, arena_cstr(arena, record_offer(arena, record)), err_r);
	arena_free(arena);
	return ok;
}

static bool retract_record(struct sqlite_store *s, const struct record *record, struct error *err_r)
{
	sqlite3_stmt *statement = prepare(s, STATEMENT_RETRACT, err_r);
	struct arena *arena;
	int64_t id;
	bool ok;

	if (statement == NULL || !find_record(s, record, &id, err_r))
		return false;
	store_sqlite_bind_key(statement, record);
	if (!run(s, statement, err_r))
		return false;
	arena = arena_new();
	ok = forget_offer(s, arena_cstr(arena, record_offer(arena, record)), id, err_r);
	arena_free(arena);
	return ok;
}

/* Does the same with all records in one transaction. */
static bool transact(struct store *store, const struct record *records, size_t count,
                     bool (*act)(struct sqlite_store *, const struct record *, struct error *),
                     struct error *err_r)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	bool ok = run_number(s, STATEMENT_BEGIN, err_r) && look_for_offers(s, err_r);

	for (size_t i = 0; ok && i < count; i++)
		ok = act(s, &records[i], err_r);
	ok = ok && run_number(s, STATEMENT_COMMIT, err_r);
	s->code = ok ? SQLITE_OK : sqlite3_errcode(s->db);
	if (!ok && !sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return ok;
}

/* What a drop waits for, and the drop is not to be: its mail is delivered, or it is written anew.
 */
static bool take_out_again(struct sqlite_store *s, const struct record *record, struct error *err_r)
{
	return !store_awaits_answer(record) || record->answered || retract_record(s, record, err_r);
}

/* Files that are gone, or not ours, look to us as if all were well: others can't read them. */
static bool write_findable(struct sqlite_store *s, const struct record *records, size_t count,
                           bool *moved_r, struct error *err_r)
{
	struct error ignored;

	*moved_r = !store_sqlite_is_current(s);
	if (*moved_r)
		return false;
	if (!transact(&s->store, records, count, write_record, err_r))
		return false;
	if (store_sqlite_is_findable(s, records, count, err_r) && store_sqlite_is_current(s))
		return true;
	*moved_r = !store_sqlite_is_damage(s->code);
	/* Also where only the look failed, as without descriptors: they are there, and must not
	 * stay. */
	if (*moved_r)
		transact(&s->store, records, count, take_out_again, &ignored);
	return false;
}

/*
 * Once more with the files that have the names now, and where what is there is damaged, once more
 * with a new one: what one opening says of damage may be due to the files of before.
 */
bool store_sqlite_write(struct store *store, const struct record *records, size_t count,
                        struct error *err_r)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	bool moved, damaged = false;

	if (s->reader)
		return error_set(err_r, "%s: was opened for reading", s->path);
	for (int tries = 0; tries < 3; tries++) {
		error_set(err_r, "%s: was removed or replaced while it was open", s->path);
		if (write_findable(s, records, count, &moved, err_r))
			return true;
		if (!moved && !store_sqlite_is_damage(s->code))
			return false;
		if (moved)
			log_warning(NULL, "store: %s; it is opened anew", err_r->text);
		store_sqlite_close_database(s);
		if (!moved && damaged && !store_sqlite_set_aside(s, err_r->text, err_r))
			return false;
		damaged = !moved;
		if (!store_sqlite_reopen(s, err_r))
			return false;
	}
	return false;
}

bool store_sqlite_retract(struct store *store, const struct record *records, size_t count,
                          struct error *err_r)
{
	return transact(store, records, count, retract_record, err_r);
}

/* What is not kept. */

/* Removes the oldest ones before a time. */
static bool expire_before(struct sqlite_store *s, enum statement number, int64_t before_us,
                          size_t limit, struct store_expiry *expiry, struct error *err_r)
{
	sqlite3_stmt *statement = prepare(s, number, err_r);
	size_t removed;

	if (statement == NULL)
		return false;
	sqlite3_bind_int64(statement, 1, before_us);
	sqlite3_bind_int64(statement, 2, (sqlite3_int64)limit);
	if (!run(s, statement, err_r))
		return false;
	removed = (size_t)sqlite3_changes(s->db);
	expiry->removed += removed;
	expiry->more = expiry->more || removed == limit;
	return true;
}

/* The same for what is so little that it goes all at once. */
static bool expire_small(struct sqlite_store *s, enum statement number, int64_t before_us,
                         struct error *err_r)
{
	sqlite3_stmt *statement = prepare(s, number, err_r);

	if (statement == NULL)
		return false;
	sqlite3_bind_int64(statement, 1, before_us);
	return run(s, statement, err_r);
}

static bool expire_old(struct sqlite_store *s, const struct store_retention *retention,
                       size_t limit, struct store_expiry *expiry, struct error *err_r)
{
	int64_t before_us = retention->now_us - retention->max_age_us;

	if (!expire_small(s, STATEMENT_EXPIRE_OFFERS, retention->now_us - RECORD_OFFER_MAX_US,
	                  err_r))
		return false;
	if (retention->max_age_us <= 0)
		return true;
	return expire_before(s, STATEMENT_EXPIRE, before_us, limit, expiry, err_r) &&
	       expire_small(s, STATEMENT_EXPIRE_COUNTS, store_hour(before_us), err_r);
}

struct file_size {
	int64_t used; /* bytes of pages that hold something */
	int64_t all;
};

static bool measure(const struct sqlite_store *s, struct file_size *size_r, struct error *err_r)
{
	int64_t pages, free_pages, page_size;

	if (!store_sqlite_read_int(s, "PRAGMA page_count", &pages, err_r) ||
	    !store_sqlite_read_int(s, "PRAGMA freelist_count", &free_pages, err_r) ||
	    !store_sqlite_read_int(s, "PRAGMA page_size", &page_size, err_r))
		return false;
	*size_r = (struct file_size){ (pages - free_pages) * page_size, pages * page_size };
	return true;
}

static bool expire_large(struct sqlite_store *s, const struct store_retention *retention,
                         size_t limit, struct store_expiry *expiry, struct error *err_r)
{
	size_t before = expiry->removed;

	if (!expire_before(s, STATEMENT_EXPIRE_DELIVERIES,
	                   retention->now_us - STORE_DELIVERY_MIN_US, limit, expiry, err_r))
		return false;
	if (expiry->removed == before &&
	    !expire_before(s, STATEMENT_EXPIRE, INT64_MAX, limit, expiry, err_r))
		return false;
	expiry->for_size = expiry->removed > before;
	expiry->more = expiry->more || expiry->for_size;
	return true;
}

/* Pages without use are given back to the disk where the file is larger than it may be. */
static bool shrink(struct sqlite_store *s, int64_t max_bytes, struct store_expiry *expiry,
                   struct error *err_r)
{
	struct file_size before, after;

	if (!measure(s, &before, err_r))
		return false;
	if (before.all <= max_bytes || before.used == before.all || s->failing_vacuum)
		return true;
	if (!store_sqlite_execute(s, "PRAGMA incremental_vacuum(" VACUUM_STEP ")", err_r,
	                          "cannot be made smaller") ||
	    !measure(s, &after, err_r))
		return false;
	s->failing_vacuum = after.all == before.all;
	if (s->failing_vacuum)
		log_warning(NULL, "store: %s does not become smaller; its free space is used again",
		            s->path);
	else
		expiry->more = true;
	return true;
}

bool store_sqlite_expire(struct store *store, const struct store_retention *retention, size_t limit,
                         struct store_expiry *expiry_r, struct error *err_r)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct file_size size;

	if (!expire_old(s, retention, limit, expiry_r, err_r))
		return false;
	if (retention->max_bytes <= 0)
		return true;
	if (!measure(s, &size, err_r))
		return false;
	if (size.used > store_high_water(retention->max_bytes) &&
	    !expire_large(s, retention, limit, expiry_r, err_r))
		return false;
	return shrink(s, retention->max_bytes, expiry_r, err_r);
}
