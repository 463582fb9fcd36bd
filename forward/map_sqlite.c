/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sqlite:PATH of a file in the syntax of sqlite_table(5): dbpath, query, result_format, domain and
 * expansion_limit. Connections are kept and used again by one thread at a time, as long as their
 * file is the one that has the name.
 */
#include <sqlite3.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "forward/address.h"
#include "forward/pool.h"
#include "forward/query.h"
#include "forward/table.h"
#include "forward/targets.h"

#define BUSY_TIMEOUT_MS 1000

struct sqlite_table {
	const char *name; /* of the file with the settings */
	const char *path;
	struct str query;
	struct str result_format;
	struct str_list domains;
	uint64_t expansion_limit; /* 0: none */
	struct pool *pool;        /* of struct connection */
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

/* Loading. */

static void read_template(const struct map_load *load, const struct logical_line *line,
                          struct str value, struct str *template)
{
	const char *trouble = query_check(value);

	*template = value;
	if (trouble != NULL)
		problems_add(load->problems, PROBLEM_ERROR, &line->at, "%s", trouble);
}

/* Names alone: a file or a table in their place is another list than the one that Postfix has. */
static void read_domains(const struct map_load *load, const struct logical_line *line,
                         struct str value, struct sqlite_table *table)
{
	struct str piece, name;

	while (value.len > 0 && str_next_piece(&value, ',', &piece)) {
		while (str_next_word(&piece, &name)) {
			if (!address_domain_valid(name))
				problems_add(load->problems, PROBLEM_ERROR, &line->at,
				             "domain: \"%.*s\" is no domain; write names, with "
				             "commas between",
				             STR_FMT(name));
			vec_push(load->arena, &table->domains,
			         address_fold_domain(load->arena, name));
		}
	}
}

static void read_setting(const struct map_load *load, struct sqlite_table *table,
                         const struct logical_line *line)
{
	ptrdiff_t equals = str_find_char(line->text, '=');
	struct str name = str_trim(str_prefix(line->text, equals < 0 ? 0 : (size_t)equals));
	struct str value = str_trim(str_from_offset(line->text, (size_t)equals + 1));

	if (equals < 0) {
		problems_add(load->problems, PROBLEM_ERROR, &line->at,
		             "is no setting; write \"name = value\"");
	} else if (str_eq(name, STR("dbpath"))) {
		table->path = arena_cstr(load->arena, value);
	} else if (str_eq(name, STR("query"))) {
		read_template(load, line, value, &table->query);
	} else if (str_eq(name, STR("result_format"))) {
		read_template(load, line, value, &table->result_format);
	} else if (str_eq(name, STR("domain"))) {
		read_domains(load, line, value, table);
	} else if (!str_eq(name, STR("expansion_limit"))) {
		problems_add(load->problems, PROBLEM_ERROR, &line->at,
		             "\"%.*s\" is not known here; known are dbpath, query, result_format, "
		             "domain and expansion_limit",
		             STR_FMT(name));
	} else if (!str_to_uint(value, UINT32_MAX, &table->expansion_limit)) {
		problems_add(load->problems, PROBLEM_ERROR, &line->at,
		             "expansion_limit \"%.*s\" is no number; write how many results one "
		             "look-up may have",
		             STR_FMT(value));
	}
}

/* A mistake in the query is better found now than with the first mail. */
static bool check_query(const struct map_load *load, const struct sqlite_table *table)
{
	sqlite3_stmt *statement = NULL;
	/* With as many labels as a query can ask for. */
	struct str key = STR("a@i.h.g.f.e.d.c.b.example"), text;
	struct error err;
	struct strbuf sql;
	struct connection *connection;
	bool ok;

	if (table->path == NULL || table->query.len == 0)
		return problems_add(load->problems, PROBLEM_ERROR, NULL,
		                    "%s: dbpath or query is missing; set both", table->name);
	connection = open_database(table, &err);
	if (connection == NULL)
		return problems_add(load->problems, PROBLEM_ERROR, NULL, "%s", err.text);
	strbuf_init(&sql, load->arena);
	query_expand(table->query, key, key, add_quoted, &sql);
	text = strbuf_str(&sql);
	ok = sqlite3_prepare_v2(connection->db, text.data, (int)text.len, &statement, NULL) ==
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

struct lookup {
	const struct sqlite_table *table;
	struct str key;
	struct strbuf *answer;
	uint64_t rows;
};

/* With a list of domains, only whole addresses in them are asked for. */
static bool in_domains(const struct sqlite_table *table, struct str key)
{
	struct str local, domain;

	if (table->domains.len == 0)
		return true;
	address_split(key, &local, &domain);
	if (local.len == 0)
		return false;
	for (size_t i = 0; i < table->domains.len; i++)
		if (str_eq(table->domains.items[i], domain))
			return true;
	return false;
}

static void add_plain(struct strbuf *buf, struct str text)
{
	strbuf_add(buf, text);
}

/* False where there are more than the table may have, on which Postfix puts the mail off. */
static bool add_row(struct lookup *lookup, struct str row)
{
	const struct sqlite_table *table = lookup->table;
	struct str before = strbuf_str(lookup->answer);

	if (row.len == 0)
		return true;
	if (before.len > 0)
		strbuf_add_char(lookup->answer, ',');
	if (!query_expand(table->result_format, lookup->key, row, add_plain, lookup->answer)) {
		lookup->answer->len = before.len;
		return true;
	}
	lookup->rows++;
	return table->expansion_limit == 0 || lookup->rows <= table->expansion_limit;
}

static bool run_query(sqlite3 *db, struct lookup *lookup, struct str sql)
{
	sqlite3_stmt *statement = NULL;
	int step = SQLITE_ERROR;

	if (sqlite3_prepare_v2(db, sql.data, (int)sql.len, &statement, NULL) == SQLITE_OK)
		while ((step = sqlite3_step(statement)) == SQLITE_ROW)
			if (!add_row(lookup,
			             str_from((const char *)sqlite3_column_text(statement, 0))))
				break;
	sqlite3_finalize(statement);
	return step == SQLITE_DONE;
}

static enum lookup_result sqlite_lookup(struct arena *arena, void *data, struct str key,
                                        struct target_list *targets_r)
{
	const struct sqlite_table *table = data;
	struct source_position at = { .file = table->name };
	struct strbuf answer, sql;
	struct lookup lookup = { table, key, &answer, 0 };
	struct error err;
	struct connection *connection;
	bool ok;

	strbuf_init(&sql, arena);
	if (!in_domains(table, key) || !query_expand(table->query, key, key, add_quoted, &sql))
		return LOOKUP_NONE;
	connection = take_connection(table);
	if (connection == NULL)
		connection = open_database(table, &err);
	if (connection == NULL)
		return LOOKUP_FAILED;
	strbuf_init(&answer, arena);
	ok = run_query(connection->db, &lookup, strbuf_str(&sql));
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
