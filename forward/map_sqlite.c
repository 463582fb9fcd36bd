/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sqlite:PATH of a file in the syntax of sqlite_table(5): dbpath, query with %s (the key), %u and
 * %d (its local part and domain), result_format with %s, domain. Connections are kept
 * and used again by one thread at a time, as long as their file is the one that has the name.
 */
#include <sqlite3.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "forward/address.h"
#include "forward/pool.h"
#include "forward/table.h"
#include "forward/targets.h"

#define BUSY_TIMEOUT_MS 1000

struct sqlite_table {
	const char *name; /* of the file with the settings */
	const char *path;
	struct str query;
	struct str result_format;
	struct str_list domains;
	struct pool *pool; /* of struct connection */
};

struct connection {
	sqlite3 *db;
	dev_t dev;
	ino_t ino;
};

static void close_connection(void *object)
{
	struct connection *connection = object;

	sqlite3_close(connection->db);
	free(connection);
}

/* Opens read-only; NULL with the reason. */
static struct connection *open_database(const struct sqlite_table *table, struct error *err_r)
{
	struct connection *connection = memory_calloc(1, sizeof(*connection));
	struct stat st;

	/* First, so that a file that is replaced meanwhile is noticed at the next look-up. */
	if (stat(table->path, &st) == 0) {
		connection->dev = st.st_dev;
		connection->ino = st.st_ino;
	}
	if (sqlite3_open_v2(table->path, &connection->db,
	                    SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		error_set(err_r, "%s: %s: %s", table->name, table->path,
		          sqlite3_errmsg(connection->db));
		close_connection(connection);
		return NULL;
	}
	sqlite3_busy_timeout(connection->db, BUSY_TIMEOUT_MS);
	return connection;
}

/* One that is open already, on the file that has the name now; or NULL. */
static struct connection *take_connection(const struct sqlite_table *table)
{
	struct connection *connection;
	struct stat st;
	bool exists = stat(table->path, &st) == 0;

	while ((connection = pool_take(table->pool)) != NULL) {
		if (exists && connection->dev == st.st_dev && connection->ino == st.st_ino)
			break;
		close_connection(connection);
	}
	return connection;
}

static void add_quoted(struct strbuf *sql, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\'')
			strbuf_add_char(sql, '\'');
		if (text.data[i] != '\0')
			strbuf_add_char(sql, text.data[i]);
	}
}

/* The query for a key; false where it asks for a part that the key does not have. */
static bool make_query(struct arena *arena, struct str query, struct str key, struct str *sql_r)
{
	struct str local, domain;
	struct strbuf sql;

	address_split(key, &local, &domain);
	strbuf_init(&sql, arena);
	for (size_t i = 0; i < query.len; i++) {
		char what = i + 1 < query.len ? query.data[i + 1] : '\0';

		if (query.data[i] != '%') {
			strbuf_add_char(&sql, query.data[i]);
			continue;
		}
		if (((what == 'u' || what == 'd') && domain.len == 0) ||
		    (what == 'u' && local.len == 0))
			return false;
		if (what == '%')
			strbuf_add_char(&sql, '%');
		else
			add_quoted(&sql, what == 'u' ? local : what == 'd' ? domain : key);
		i++;
	}
	*sql_r = strbuf_str(&sql);
	return true;
}

/* Loading. */

static void read_setting(const struct map_load *load, struct sqlite_table *table,
                         const struct logical_line *line)
{
	ptrdiff_t equals = str_find_char(line->text, '=');
	struct str name = str_trim(str_prefix(line->text, equals < 0 ? 0 : (size_t)equals));
	struct str value = str_trim(str_from_offset(line->text, (size_t)equals + 1)), word;

	if (equals < 0) {
		problems_add(load->problems, PROBLEM_ERROR, &line->at,
		             "is no setting; write \"name = value\"");
	} else if (str_eq(name, STR("dbpath"))) {
		table->path = arena_cstr(load->arena, value);
	} else if (str_eq(name, STR("query"))) {
		table->query = value;
	} else if (str_eq(name, STR("result_format"))) {
		table->result_format = value;
	} else if (str_eq(name, STR("domain"))) {
		while (value.len > 0 && str_next_piece(&value, ',', &word))
			vec_push(load->arena, &table->domains,
			         address_fold_domain(load->arena, str_trim(word)));
	} else if (!str_eq(name, STR("expansion_limit"))) {
		problems_add(load->problems, PROBLEM_ERROR, &line->at,
		             "\"%.*s\" is not known here; known are dbpath, query, result_format "
		             "and domain",
		             STR_FMT(name));
	}
}

/* A mistake in the query is better found now than with the first mail. */
static bool check_query(const struct map_load *load, const struct sqlite_table *table)
{
	sqlite3_stmt *statement = NULL;
	struct error err;
	struct str sql;
	struct connection *connection;
	bool ok;

	if (table->path == NULL || table->query.len == 0)
		return problems_add(load->problems, PROBLEM_ERROR, NULL,
		                    "%s: dbpath or query is missing; set both", table->name);
	connection = open_database(table, &err);
	if (connection == NULL)
		return problems_add(load->problems, PROBLEM_ERROR, NULL, "%s", err.text);
	make_query(load->arena, table->query, STR("a@b.example"), &sql);
	ok = sqlite3_prepare_v2(connection->db, sql.data, (int)sql.len, &statement, NULL) ==
	     SQLITE_OK;
	if (!ok)
		problems_add(load->problems, PROBLEM_ERROR, NULL, "%s: query: %s", table->name,
		             sqlite3_errmsg(connection->db));
	sqlite3_finalize(statement);
	close_connection(connection);
	return ok;
}

static void *sqlite_open(const struct map_load *load, struct str spec)
{
	struct sqlite_table *table = arena_new_object(load->arena, struct sqlite_table);
	struct line_reader lines;
	struct logical_line line;

	table->name = arena_cstr(load->arena, spec);
	table->result_format = STR("%s");
	table->pool = pool_new(load->arena, close_connection);
	if (!table_read(load, spec, &lines))
		return NULL;
	while (lines_next(&lines, &line))
		read_setting(load, table, &line);
	return check_query(load, table) ? table : NULL;
}

/* Look-ups. */

static bool in_domains(const struct sqlite_table *table, struct str key)
{
	struct str local, domain;

	if (table->domains.len == 0)
		return true;
	address_split(key, &local, &domain);
	for (size_t i = 0; i < table->domains.len; i++)
		if (str_eq(table->domains.items[i], domain))
			return true;
	return false;
}

static void add_row(struct strbuf *answer, const struct sqlite_table *table, struct str row)
{
	struct str format = table->result_format;

	if (row.len == 0)
		return;
	if (answer->len > 0)
		strbuf_add_char(answer, ',');
	for (size_t i = 0; i < format.len; i++) {
		if (format.data[i] == '%' && i + 1 < format.len && format.data[++i] != '%')
			strbuf_add(answer, row);
		else
			strbuf_add_char(answer, format.data[i]);
	}
}

static bool run_query(sqlite3 *db, const struct sqlite_table *table, struct str sql,
                      struct strbuf *answer)
{
	sqlite3_stmt *statement = NULL;
	int step = SQLITE_ERROR;

	if (sqlite3_prepare_v2(db, sql.data, (int)sql.len, &statement, NULL) == SQLITE_OK)
		while ((step = sqlite3_step(statement)) == SQLITE_ROW)
			add_row(answer, table,
			        str_from((const char *)sqlite3_column_text(statement, 0)));
	sqlite3_finalize(statement);
	return step == SQLITE_DONE;
}

static enum lookup_result sqlite_lookup(struct arena *arena, void *data, struct str key,
                                        struct target_list *targets_r)
{
	const struct sqlite_table *table = data;
	struct source_position at = { .file = table->name };
	struct strbuf answer;
	struct error err;
	struct str sql;
	struct connection *connection;
	bool ok;

	if (!in_domains(table, key) || !make_query(arena, table->query, key, &sql))
		return LOOKUP_NONE;
	connection = take_connection(table);
	if (connection == NULL)
		connection = open_database(table, &err);
	if (connection == NULL)
		return LOOKUP_FAILED;
	strbuf_init(&answer, arena);
	ok = run_query(connection->db, table, sql, &answer);
	if (ok)
		pool_give(table->pool, connection);
	else
		close_connection(connection);
	if (ok && answer.len == 0)
		return LOOKUP_NONE;
	ok = ok && targets_parse_answer(arena, strbuf_str(&answer), &at, targets_r, &err);
	return ok ? LOOKUP_FOUND : LOOKUP_FAILED;
}

const struct forward_map_type forward_map_sqlite = {
	.name = "sqlite",
	.keys = MAP_KEYS_ADDRESS,
	.open = sqlite_open,
	.lookup = sqlite_lookup,
};
