/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading from SQLite, for reports. */
#include "store/store_sqlite.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define SQL_MAX 8192
/* More records than that are grouped by the index that has them in the groups' order. */
#define GROUPS_DIRECT         "50000"
#define GROUPS_DIRECT_LIMITED "5000"

#define COLUMNS                                                                                    \
	"SELECT id, kind, time_us, scan_id, queue_id, content, message_id, sender, recipient,"     \
	" destination, score, threshold, client_ip, client_name, rules, size, tagged, kept,"       \
	" subject, authentication, threshold_origin, signature, matched, exempt, doubt,"           \
	" reported_as FROM records"

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
		.kept = column_text(statement, 17),
		.subject = column_text(statement, 18),
		.authentication = column_text(statement, 19),
		.threshold_origin = column_text(statement, 20),
		.signature = column_text(statement, 21),
		.matched = column_text(statement, 22),
		.exempt = (unsigned)sqlite3_column_int(statement, 23),
		.doubt = sqlite3_column_int(statement, 24),
		.reported_as = column_text(statement, 25),
	};
}

/* Statements. Each text that is put together here has room in SQL_MAX, whatever is asked for. */

static bool is_wanted(const struct store_query *query, int kind)
{
	return query->kinds == 0 || (query->kinds & 1u << kind) != 0;
}

/* "WHERE +kind IN (0, 2)"; the sign keeps SQLite from an index of kinds. */
static void add_kinds(char *sql, const struct store_query *query)
{
	const char *separator = "";

	strcat(sql, " WHERE +kind IN (");
	for (int kind = 0; kind < RECORD_KIND_COUNT; kind++) {
		if (!is_wanted(query, kind))
			continue;
		sprintf(sql + strlen(sql), "%s%d", separator, kind);
		separator = ", ";
	}
	strcat(sql, ")");
}

static void add_account(char *sql, const struct store_query *query)
{
	if (store_given(query->account))
		strcat(sql, strchr(query->account, '@') ? " AND recipient = :account"
		                                        : " AND recipient_domain = :account");
}

static void add_destination(char *sql, const struct store_query *query)
{
	if (!store_given(query->destination))
		return;
	strcat(sql, " AND destination_domain = :domain AND destination_domain <> ''");
	if (strchr(query->destination, '@') != NULL)
		strcat(sql, " AND destination = :destination");
}

static void add_filters(char *sql, const struct store_query *query)
{
	add_account(sql, query);
	add_destination(sql, query);
	if (store_given(query->sender))
		strcat(sql, " AND sender = :sender COLLATE NOCASE");
	if (query->tagged_only)
		strcat(sql, " AND tagged = 1");
	if (query->infected_only)
		strcat(sql, " AND signature <> ''");
	if (query->since_us > 0)
		strcat(sql, " AND time_us >= :since");
	if (query->until_us > 0)
		strcat(sql, " AND time_us < :until");
	if (query->up_to_id > 0)
		strcat(sql, " AND id <= :up_to");
	if (query->before_us > 0)
		strcat(sql, " AND time_us <= :before_us AND (time_us < :before_us OR id < "
		            ":before_id)");
}

/* The index of the narrowest thing that is asked for. */
static const char *direct_index(const struct store_query *query)
{
	if (query->infected_only)
		return "records_infected";
	if (store_given(query->account))
		return strchr(query->account, '@') != NULL ? "records_recipient"
		                                           : "records_recipient_domain";
	if (query->tagged_only)
		return "records_tagged";
	if (store_given(query->sender))
		return "records_sender";
	return store_given(query->destination) ? "records_destination_domain" : "records_kind";
}

/* A kind has an index in order of time for each way to ask; SQLite merges the kinds. */
static void add_selects(char *sql, const struct store_query *query)
{
	const char *separator = "";

	for (int kind = 0; kind < RECORD_KIND_COUNT; kind++) {
		if (!is_wanted(query, kind) || store_is_counted((enum record_kind)kind))
			continue;
		sprintf(sql + strlen(sql), "%s" COLUMNS, separator);
		if (query->newest_first)
			strcat(strcat(sql, " INDEXED BY "), direct_index(query));
		sprintf(sql + strlen(sql), " WHERE kind = %d", kind);
		add_filters(sql, query);
		separator = " UNION ALL ";
	}
}

static void make_select(char sql[SQL_MAX], const struct store_query *query)
{
	sql[0] = '\0';
	if (store_given(query->message) || query->after_id > 0) {
		strcat(sql, COLUMNS);
		if (query->after_id > 0)
			strcat(sql, " NOT INDEXED");
		add_kinds(sql, query);
		add_filters(sql, query);
		if (store_given(query->message))
			strcat(sql, " AND (CASE queue_id WHEN '' THEN scan_id ELSE queue_id END ="
			            " :message OR scan_id = :message OR message_id = :message)");
		if (query->after_id > 0)
			strcat(sql, " AND id > :after");
	} else {
		add_selects(sql, query);
	}
	if (query->newest_first)
		strcat(sql, " ORDER BY time_us DESC, id DESC");
	else
		strcat(sql, query->after_id > 0 ? " ORDER BY id" : " ORDER BY time_us, id");
	if (query->limit > 0)
		strcat(sql, " LIMIT :limit");
}

static void bind_named_text(sqlite3_stmt *statement, const char *name, const char *text)
{
	int i = sqlite3_bind_parameter_index(statement, name);

	if (i > 0)
		store_sqlite_bind_text(statement, i, text);
}

static void bind_named_int(sqlite3_stmt *statement, const char *name, int64_t value)
{
	int i = sqlite3_bind_parameter_index(statement, name);

	if (i > 0)
		sqlite3_bind_int64(statement, i, value);
}

static void bind_after_group(sqlite3_stmt *statement, const struct store_group *after)
{
	if (after == NULL)
		return;
	bind_named_text(statement, ":after_destination", after->destination);
	bind_named_text(statement, ":after_recipient", after->recipient);
	bind_named_text(statement, ":after_sender", after->sender);
	bind_named_int(statement, ":after_score", after->score);
}

/* NULL with the reason. */
static sqlite3_stmt *prepare(const struct sqlite_store *s, const char *sql,
                             const struct store_query *query, struct error *err_r)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL) != SQLITE_OK) {
		store_sqlite_fail(s, err_r, "cannot be read");
		return NULL;
	}
	bind_named_text(statement, ":account", query->account);
	bind_named_text(statement, ":destination", query->destination);
	bind_named_text(statement, ":domain", store_domain(store_text(query->destination)));
	bind_named_text(statement, ":message", query->message);
	bind_named_text(statement, ":sender", query->sender);
	bind_named_int(statement, ":until", query->until_us);
	bind_named_int(statement, ":before_us", query->before_us);
	bind_named_int(statement, ":before_id", query->before_id);
	bind_after_group(statement, query->after_group);
	bind_named_int(statement, ":since", query->since_us);
	bind_named_int(statement, ":after", query->after_id);
	bind_named_int(statement, ":up_to", query->up_to_id);
	bind_named_int(statement, ":limit", (int64_t)query->limit);
	return statement;
}

/* What is wrong with the last step, if anything is; frees the statement. */
static bool finish(const struct sqlite_store *s, sqlite3_stmt *statement, int step,
                   struct error *err_r)
{
	if (step != SQLITE_DONE)
		store_sqlite_fail(s, err_r, "cannot be read");
	sqlite3_finalize(statement);
	return step == SQLITE_DONE;
}

bool store_sqlite_read(struct store *store, const struct store_query *query, store_visit *visit,
                       void *context, struct error *err_r)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	sqlite3_stmt *statement;
	char sql[SQL_MAX];
	int step;

	make_select(sql, query);
	statement = prepare(s, sql, query, err_r);
	if (statement == NULL)
		return false;
	while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
		struct record record = read_row(statement);

		if (!visit(&record, sqlite3_column_int64(statement, 0), context)) {
			step = SQLITE_DONE;
			break;
		}
	}
	return finish(s, statement, step, err_r);
}

/* Groups. */

#define GROUP_COLUMNS "SELECT kind, destination, recipient, sender, score, count(*) FROM records"
#define GROUP_BY                                                                                   \
	" GROUP BY destination, recipient, sender, score"                                          \
	" ORDER BY destination, recipient, sender, score"
#define GROUP_AFTER                                                                                \
	" AND (destination, recipient, sender, score) > (:after_destination, :after_recipient,"    \
	" :after_sender, :after_score)"

/* True where so few records of a kind fit that each can be looked at. */
static bool count_is_small(const struct sqlite_store *s, const struct store_query *query, int kind,
                           bool *small_r, struct error *err_r)
{
	sqlite3_stmt *statement;
	/* With a limit, the index of groups is left soon. */
	const char *most = query->limit > 0 ? GROUPS_DIRECT_LIMITED : GROUPS_DIRECT;
	char sql[SQL_MAX];

	sprintf(sql,
	        "SELECT count(*) <= %s FROM (SELECT 1 FROM records INDEXED BY %s WHERE kind = %d",
	        most, direct_index(query), kind);
	if (store_given(query->account))
		add_account(sql, query);
	else if (store_given(query->destination))
		strcat(sql, " AND destination_domain = :domain AND destination_domain <> ''");
	if (query->since_us > 0)
		strcat(sql, " AND time_us >= :since");
	sprintf(sql + strlen(sql), " LIMIT 1 + %s)", most);
	statement = prepare(s, sql, query, err_r);
	if (statement == NULL)
		return false;
	if (sqlite3_step(statement) != SQLITE_ROW)
		return finish(s, statement, SQLITE_ERROR, err_r);
	*small_r = sqlite3_column_int(statement, 0) != 0;
	return finish(s, statement, SQLITE_DONE, err_r);
}

/*
 * Few records are looked up one by one; many come from the index of groups, which has all that is
 * needed, and each group is looked at here.
 */
static bool make_group_select(const struct sqlite_store *s, char sql[SQL_MAX],
                              const struct store_query *query, int kind, struct error *err_r)
{
	bool small = true;

	if (!store_is_delivery((enum record_kind)kind) &&
	    !count_is_small(s, query, kind, &small, err_r))
		return false;
	sprintf(sql, GROUP_COLUMNS " INDEXED BY %s WHERE kind = %d",
	        small ? direct_index(query) : "records_groups", kind);
	if (small) {
		add_filters(sql, query);
	} else {
		strcat(sql, " AND kind <> 2 AND kind <> 3");
		if (query->since_us > 0)
			strcat(sql, " AND time_us >= :since");
		if (query->until_us > 0)
			strcat(sql, " AND time_us < :until");
		if (query->up_to_id > 0)
			strcat(sql, " AND id <= :up_to");
	}
	if (query->after_group != NULL)
		strcat(sql, GROUP_AFTER);
	strcat(sql, GROUP_BY);
	return true;
}

static bool read_kind_groups(const struct sqlite_store *s, const struct store_query *query,
                             int kind, store_visit_group *visit, void *context, size_t *shown,
                             struct error *err_r)
{
	sqlite3_stmt *statement;
	char sql[SQL_MAX];
	int step;

	if (!make_group_select(s, sql, query, kind, err_r))
		return false;
	statement = prepare(s, sql, query, err_r);
	if (statement == NULL)
		return false;
	while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
		struct store_group group = {
			.kind = (enum record_kind)sqlite3_column_int(statement, 0),
			.destination = column_text(statement, 1),
			.recipient = column_text(statement, 2),
			.sender = column_text(statement, 3),
			.score = sqlite3_column_int(statement, 4),
			.count = (size_t)sqlite3_column_int64(statement, 5),
		};

		if (!store_address_fits(group.recipient, query->account) ||
		    !store_address_fits(group.destination, query->destination))
			continue;
		*shown += 1;
		if (!visit(&group, context) || *shown == query->limit) {
			step = SQLITE_DONE;
			break;
		}
	}
	return finish(s, statement, step, err_r);
}

bool store_sqlite_read_groups(struct store *store, const struct store_query *query,
                              store_visit_group *visit, void *context, struct error *err_r)
{
	struct sqlite_store *s = (struct sqlite_store *)store;

	size_t shown = 0;

	for (int kind = 0; kind < RECORD_KIND_COUNT; kind++) {
		if (!is_wanted(query, kind) || store_is_counted((enum record_kind)kind))
			continue;
		if (!read_kind_groups(s, query, kind, visit, context, &shown, err_r))
			return false;
		if (query->limit > 0 && shown == query->limit)
			break;
	}
	return true;
}

/* The rest. */

bool store_sqlite_read_ids(struct store *store, const int64_t *ids, size_t count,
                           store_visit *visit, void *context, struct error *err_r)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	sqlite3_stmt *statement;
	int step = SQLITE_DONE;
	bool stopped = false;

	if (sqlite3_prepare_v2(s->db, COLUMNS " WHERE id = ?1", -1, &statement, NULL) != SQLITE_OK)
		return store_sqlite_fail(s, err_r, "cannot be read");
	for (size_t i = 0; i < count && !stopped && step == SQLITE_DONE; i++) {
		sqlite3_bind_int64(statement, 1, ids[i]);
		step = sqlite3_step(statement);
		if (step == SQLITE_ROW) {
			struct record record = read_row(statement);

			stopped = !visit(&record, ids[i], context);
			step = SQLITE_DONE;
		}
		if (step == SQLITE_DONE)
			sqlite3_reset(statement);
	}
	return finish(s, statement, step, err_r);
}

bool store_sqlite_newest_id(struct store *store, int64_t *id_r, struct error *err_r)
{
	return store_sqlite_read_int((struct sqlite_store *)store,
	                             "SELECT ifnull(max(id), 0) FROM records", id_r, err_r);
}

bool store_sqlite_read_counts(struct store *store, int64_t since_us, const char *domain,
                              store_visit_count *visit, void *context, struct error *err_r)
{
	static const char sql[] =
		"SELECT kind, hour_us, domain, count FROM counts WHERE hour_us >= ?1 AND"
		" (?2 = '' OR domain = ?2) ORDER BY hour_us DESC, count DESC, domain, kind";
	struct sqlite_store *s = (struct sqlite_store *)store;
	sqlite3_stmt *statement;
	int step;

	if (sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL) != SQLITE_OK)
		return store_sqlite_fail(s, err_r, "cannot be read");
	sqlite3_bind_int64(statement, 1, store_hour(since_us));
	store_sqlite_bind_text(statement, 2, domain);
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
	return finish(s, statement, step, err_r);
}
