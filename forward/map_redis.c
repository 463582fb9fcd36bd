/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * redis://[[USER]:PASSWORD@]HOST[:PORT]/DATABASE/HASH (rediss:// and redis+unix://, see
 * base/redis_uri.h): a hash whose fields are addresses as in virtual(5) and whose values are what
 * they become. Connections are kept, and used by one thread at a time; one that has died is made
 * anew. All of it within a time limit.
 */
#include <hiredis/hiredis.h>

#include <string.h>

#include "base/deadline.h"
#include "base/redis_client.h"
#include "forward/pool.h"
#include "forward/targets.h"

#define TIME_LIMIT_MS 2000

struct redis_map {
	struct redis_uri uri;
	const char *spec;  /* without the password */
	struct pool *pool; /* of struct redis_client */
};

static void close_connection(void *redis)
{
	redis_client_free(redis);
}

static void *open_uri(const struct map_load *load, const char *scheme, struct str spec)
{
	struct redis_map *map = arena_new_object(load->arena, struct redis_map);
	struct str text = arena_printf(load->arena, "%s:%.*s", scheme, STR_FMT(spec));
	struct error err;

	if (!redis_uri_parse(load->arena, text, &map->uri, &err)) {
		problems_add(load->problems, PROBLEM_ERROR, NULL, "forward_map: %s", err.text);
		return NULL;
	}
	if (map->uri.options.len > 0) {
		problems_add(load->problems, PROBLEM_ERROR, NULL,
		             "forward_map: %s: there is no option \"%.*s\" for it; ca, cert and "
		             "key are for rediss:, db and name for redis+unix:",
		             map->uri.where, STR_FMT(map->uri.options.items[0].name));
		return NULL;
	}
	if (map->uri.name[0] == '\0') {
		problems_add(load->problems, PROBLEM_ERROR, NULL,
		             "forward_map: the redis: map names no hash; write "
		             "redis://HOST:PORT/DATABASE/HASH");
		return NULL;
	}
	map->spec = arena_printf(load->arena, "%s/%d/%s", map->uri.where, map->uri.database,
	                         map->uri.name)
	                    .data;
	map->pool = pool_new(load->arena, close_connection);
	return map;
}

static void *redis_open(const struct map_load *load, struct str spec)
{
	return open_uri(load, "redis", spec);
}

static void *rediss_open(const struct map_load *load, struct str spec)
{
	return open_uri(load, "rediss", spec);
}

static void *redis_unix_open(const struct map_load *load, struct str spec)
{
	return open_uri(load, "redis+unix", spec);
}

static enum lookup_result read_reply(struct arena *arena, const struct redis_map *map,
                                     const redisReply *reply, struct target_list *targets_r)
{
	struct source_position at = { .file = map->spec };
	struct error ignored;
	struct str answer;

	if (reply == NULL)
		return LOOKUP_FAILED;
	if (reply->type == REDIS_REPLY_NIL)
		return LOOKUP_NONE;
	if (reply->type != REDIS_REPLY_STRING)
		return LOOKUP_FAILED;
	answer = arena_str(arena, (struct str){ reply->str, reply->len });
	if (!targets_parse_answer(arena, answer, &at, targets_r, &ignored))
		return LOOKUP_FAILED;
	return targets_r->len > 0 ? LOOKUP_FOUND : LOOKUP_NONE;
}

/* Asks through a connection, which is given back or closed; NULL where it failed. */
static redisReply *ask(const struct redis_map *map, struct redis_client *redis, struct str key)
{
	struct error ignored;
	redisReply *reply =
		redis_client_ask(redis, &ignored, "HGET %s %b", map->uri.name, key.data, key.len);

	if (reply != NULL)
		pool_give(map->pool, redis);
	else
		redis_client_free(redis);
	return reply;
}

static enum lookup_result redis_lookup(struct arena *arena, void *data, struct str key,
                                       struct target_list *targets_r)
{
	struct deadline deadline = deadline_in_ms(TIME_LIMIT_MS);
	const struct redis_map *map = data;
	enum lookup_result result;
	struct redis_client *redis;
	redisReply *reply = NULL;
	struct error ignored;

	/* The server may have closed those that were idle. */
	while (reply == NULL && !deadline_passed(deadline) &&
	       (redis = pool_take(map->pool)) != NULL)
		reply = ask(map, redis, key);
	if (reply == NULL && !deadline_passed(deadline)) {
		redis = redis_client_connect(
			&map->uri, (struct redis_limits){ TIME_LIMIT_MS, TIME_LIMIT_MS }, &ignored);
		reply = redis != NULL ? ask(map, redis, key) : NULL;
	}
	result = read_reply(arena, map, reply, targets_r);
	freeReplyObject(reply);
	return result;
}

const struct forward_map_type forward_map_redis = {
	.name = "redis",
	.keys = MAP_KEYS_ADDRESS,
	.open = redis_open,
	.lookup = redis_lookup,
};

const struct forward_map_type forward_map_rediss = {
	.name = "rediss",
	.keys = MAP_KEYS_ADDRESS,
	.open = rediss_open,
	.lookup = redis_lookup,
};

const struct forward_map_type forward_map_redis_unix = {
	.name = "redis+unix",
	.keys = MAP_KEYS_ADDRESS,
	.open = redis_unix_open,
	.lookup = redis_lookup,
};
