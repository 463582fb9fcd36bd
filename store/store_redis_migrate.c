/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an older version wrote into Redis: version 1 had sets of all kinds in one, and no number;
 * what 2 wrote can be read as it is, but not the other way round. One host updates while others
 * wait, which then means their journals.
 */
#include <hiredis/hiredis.h>

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/record_codec.h"
#include "store/store_redis.h"

#define OLD_INDEXES 5
/* A host that dies while it updates holds up the others so long. */
#define LOCK_S "600"

/* For each record: id, time, OLD_INDEXES names to leave, REDIS_STORE_INDEXES names to enter. */
static const char move_script[] =
	"for i = 1, #ARGV, 15 do\n"
	" for j = i + 2, i + 6 do\n"
	"  if ARGV[j] ~= '' then redis.call('ZREM', ARGV[j], ARGV[i]) end\n"
	" end\n"
	" for j = i + 7, i + 14 do\n"
	"  if ARGV[j] ~= '' then redis.call('ZADD', ARGV[j], ARGV[i + 1], ARGV[i]) end\n"
	" end\n"
	"end\n"
	"return 'done'";

static struct str old_index(struct arena *arena, const char *name, const char *value)
{
	struct str lower = arena_str_lower(arena, str_from(value));

	return lower.len > 0 ? arena_printf(arena, "assay:%s:%.*s", name, STR_FMT(lower)) : STR("");
}

static void add_record(struct redis_arguments *arguments, struct str id,
                       const struct record *record)
{
	struct arena *arena = arguments->arena;
	struct str indexes[REDIS_STORE_INDEXES];
	struct str old[OLD_INDEXES] = {
		STR("assay:time"),
		old_index(arena, "rcpt", record->recipient),
		old_index(arena, "rdom", store_domain(record->recipient)),
		old_index(arena, "dest", record->destination),
		old_index(arena, "ddom", store_domain(record->destination)),
	};

	store_redis_arguments_add(arguments, id);
	store_redis_arguments_add(arguments,
	                          arena_printf(arena, "%lld", (long long)record->time_us));
	for (size_t i = 0; i < OLD_INDEXES; i++)
		store_redis_arguments_add(arguments, old[i]);
	store_redis_indexes(arena, record, indexes);
	for (size_t i = 0; i < REDIS_STORE_INDEXES; i++)
		store_redis_arguments_add(arguments, indexes[i]);
}

/* Some records: ids and bytes in turn. */
static bool move_some(struct redis_store *s, struct arena *arena, const redisReply *list,
                      int64_t *bytes)
{
	struct redis_arguments arguments;

	store_redis_arguments_init(&arguments, arena, move_script);
	for (size_t i = 0; i + 1 < list->elements; i += 2) {
		const redisReply *id = list->element[i], *text = list->element[i + 1];
		struct record record;

		if (id->type != REDIS_REPLY_STRING || text->type != REDIS_REPLY_STRING ||
		    !record_decode(arena, (struct str){ text->str, text->len }, &record))
			continue;
		add_record(&arguments, (struct str){ id->str, id->len }, &record);
		*bytes += store_redis_cost(arena, &record);
	}
	return store_redis_arguments_run(s, &arguments);
}

static bool move_all(struct redis_store *s, int64_t *bytes)
{
	char cursor[32] = "0";
	bool ok;

	do {
		struct arena *arena = arena_new();
		redisReply *reply = store_redis_ask(s, "HSCAN assay:records %s COUNT 500", cursor);

		ok = reply != NULL && reply->elements == 2 &&
		     store_redis_is(s, reply->element[0], REDIS_REPLY_STRING) &&
		     move_some(s, arena, reply->element[1], bytes);
		if (ok)
			snprintf(cursor, sizeof(cursor), "%s", reply->element[0]->str);
		freeReplyObject(reply);
		arena_free(arena);
	} while (ok && strcmp(cursor, "0") != 0);
	return ok;
}

static bool lock(struct redis_store *s)
{
	redisReply *reply = store_redis_ask(s, "SET assay:migrating 1 NX EX " LOCK_S);
	bool ok;

	if (reply == NULL)
		return false;
	ok = reply->type == REDIS_REPLY_STATUS;
	freeReplyObject(reply);
	return ok || error_set(&s->error, "%s: another host is updating the records", s->at.where);
}

static bool set_version(struct redis_store *s)
{
	return store_redis_run(s, "SET assay:schema %s", REDIS_STORE_SCHEMA_TEXT);
}

static bool migrate(struct redis_store *s)
{
	char text[32];
	int64_t bytes = 0;

	if (!lock(s))
		return false;
	log_info(NULL, "store: updating the records in redis from schema 1 to %d",
	         REDIS_STORE_SCHEMA);
	if (!move_all(s, &bytes))
		return false;
	snprintf(text, sizeof(text), "%lld", (long long)bytes);
	return store_redis_run(s, "SET assay:bytes %s", text) && set_version(s) &&
	       store_redis_run(s, "DEL %s", "assay:migrating");
}

bool store_redis_check_schema(struct redis_store *s)
{
	int64_t version, newest;

	if (!store_redis_get(s, "assay:schema", &version))
		return false;
	if (version > REDIS_STORE_SCHEMA)
		return error_set(&s->error,
		                 "%s: the records were made by a newer version (schema "
		                 "%d, known is %d); upgrade",
		                 s->at.where, (int)version, REDIS_STORE_SCHEMA);
	if (version == REDIS_STORE_SCHEMA)
		return true;
	if (version == 2)
		return s->reader || set_version(s);
	if (!store_redis_get(s, "assay:seq", &newest))
		return false;
	if (!s->reader)
		return newest == 0 ? set_version(s) : migrate(s);
	return newest == 0 ||
	       error_set(&s->error,
	                 "%s: the records are of an older version (schema 1, needed is "
	                 "%d); start assayd, which updates them",
	                 s->at.where, REDIS_STORE_SCHEMA);
}
