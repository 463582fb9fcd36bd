/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * In the Redis of the records: for each message, a hash assay:acts:ID with a field "VERB RECIPIENT"
 * for each act, "BEGUN DONE BY".
 */
#include <hiredis/hiredis.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/redis_sentinel.h"
#include "store/acts_private.h"

#define LIMIT_MS 3000

struct redis_acts {
	struct acts_store store;
	struct arena *arena;
	struct redis_uri uri;
	struct redis_client *client;
};

static bool redis_knows(const char *uri)
{
	return redis_uri_is(str_from(uri));
}

static void redis_close(struct acts_store *store)
{
	struct redis_acts *s = (struct redis_acts *)store;

	redis_client_free(s->client);
	arena_free(s->arena);
	free(s);
}

/* Who only reads needs no other rights here. */
static struct acts_store *redis_open(const char *uri, bool reader, struct error *err_r)
{
	static const struct redis_limits limits = { LIMIT_MS, LIMIT_MS };
	struct redis_acts *s = memory_calloc(1, sizeof(*s));

	(void)reader;
	s->store.backend = &acts_redis;
	s->arena = arena_new();
	if (redis_uri_parse(s->arena, arena_str(s->arena, str_from(uri)), &s->uri, err_r)) {
		if (redis_sentinel_find(s->arena, &s->uri, limits, &s->uri, err_r))
			s->client = redis_client_connect(&s->uri, limits, err_r);
		if (s->client != NULL)
			return &s->store;
	}
	redis_close(&s->store);
	return NULL;
}

/* The answer, to be freed; NULL with the reason. */
static redisReply *ask(struct redis_acts *s, struct error *err_r, const char *format, ...)
{
	redisReply *reply;
	va_list arguments;

	va_start(arguments, format);
	reply = redis_client_ask_list(s->client, err_r, format, arguments);
	va_end(arguments);
	if (reply == NULL || reply->type != REDIS_REPLY_ERROR)
		return reply;
	error_set(err_r, "%s: %s", s->uri.where, reply->str);
	freeReplyObject(reply);
	return NULL;
}

static struct str key_of(struct arena *arena, struct str scan_id)
{
	return arena_printf(arena, "assay:acts:%.*s", STR_FMT(scan_id));
}

static struct str field_of(struct arena *arena, const struct act *act)
{
	return arena_printf(arena, "%.*s %.*s", STR_FMT(act->verb),
	                    STR_FMT(arena_str_lower(arena, act->recipient)));
}

static struct str value_of(struct arena *arena, const struct act *act)
{
	return arena_printf(arena, "%lld %lld %.*s", (long long)act->begun_us,
	                    (long long)act->done_us, STR_FMT(act->by));
}

static int64_t number_of(struct str text)
{
	uint64_t number = 0;

	str_to_uint(text, INT64_MAX, &number);
	return (int64_t)number;
}

static struct act act_of(struct arena *arena, struct str scan_id, const redisReply *field,
                         const redisReply *value)
{
	struct str name = arena_str(arena, (struct str){ field->str, field->len });
	struct str text = arena_str(arena, (struct str){ value->str, value->len });
	struct act act = { .scan_id = scan_id };
	struct str number;

	str_next_word(&name, &act.verb);
	act.recipient = str_trim(name);
	if (str_next_word(&text, &number))
		act.begun_us = number_of(number);
	if (str_next_word(&text, &number))
		act.done_us = number_of(number);
	act.by = str_trim(text);
	return act;
}

static bool redis_read(struct acts_store *store, struct arena *arena, struct str scan_id,
                       struct act_list *acts_r, struct error *err_r)
{
	struct redis_acts *s = (struct redis_acts *)store;
	struct str key = key_of(arena, scan_id);
	redisReply *reply = ask(s, err_r, "HGETALL %b", key.data, key.len);

	if (reply == NULL)
		return false;
	for (size_t i = 0; i + 1 < reply->elements; i += 2)
		vec_push(arena, acts_r,
		         act_of(arena, scan_id, reply->element[i], reply->element[i + 1]));
	freeReplyObject(reply);
	return true;
}

/* HSET or HSETNX; *set_r: what it answered. */
static bool set(struct redis_acts *s, const char *command, const struct act *act, bool *set_r,
                struct error *err_r)
{
	struct arena *arena = arena_new();
	struct str key = key_of(arena, act->scan_id);
	struct str field = field_of(arena, act), value = value_of(arena, act);
	redisReply *reply = ask(s, err_r, "%s %b %b %b", command, key.data, key.len, field.data,
	                        field.len, value.data, value.len);
	bool ok = reply != NULL;

	*set_r = ok && reply->integer == 1;
	freeReplyObject(reply);
	if (ok) {
		reply = ask(s, err_r, "EXPIRE %b %d", key.data, key.len, ACTS_KEEP_S);
		ok = reply != NULL;
		freeReplyObject(reply);
	}
	arena_free(arena);
	return ok;
}

static bool redis_add(struct acts_store *store, struct arena *arena, const struct act *act,
                      bool *added_r, struct act *before_r, struct error *err_r)
{
	struct redis_acts *s = (struct redis_acts *)store;
	struct act_list acts = { 0 };

	if (!set(s, "HSETNX", act, added_r, err_r))
		return false;
	if (*added_r)
		return true;
	if (!redis_read(store, arena, act->scan_id, &acts, err_r))
		return false;
	for (size_t i = 0; i < acts.len; i++)
		if (str_eq(field_of(arena, &acts.items[i]), field_of(arena, act)))
			*before_r = acts.items[i];
	return true;
}

static bool redis_put(struct acts_store *store, const struct act *act, struct error *err_r)
{
	bool was_new;

	return set((struct redis_acts *)store, "HSET", act, &was_new, err_r);
}

static bool redis_remove(struct acts_store *store, const struct act *act, struct error *err_r)
{
	struct arena *arena = arena_new();
	struct str key = key_of(arena, act->scan_id), field = field_of(arena, act);
	redisReply *reply = ask((struct redis_acts *)store, err_r, "HDEL %b %b", key.data, key.len,
	                        field.data, field.len);
	bool ok = reply != NULL;

	freeReplyObject(reply);
	arena_free(arena);
	return ok;
}

const struct acts_backend acts_redis = {
	.knows = redis_knows,
	.open = redis_open,
	.close = redis_close,
	.add = redis_add,
	.put = redis_put,
	.remove = redis_remove,
	.read = redis_read,
};
