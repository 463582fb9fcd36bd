/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * redis://[:PASSWORD@]HOST[:PORT]/DATABASE/HASH: a hash whose fields are addresses as in virtual(5)
 * and whose values are what they become. Connections are kept, and used by one thread at a time;
 * one that has died is made anew. All of it within a time limit.
 */
#include <hiredis/hiredis.h>

#include <string.h>

#include "base/deadline.h"
#include "base/redis_uri.h"
#include "forward/pool.h"
#include "forward/targets.h"

#define TIME_LIMIT_MS 2000

struct redis_map {
	struct redis_uri uri;
	const char *spec;  /* without the password */
	struct pool *pool; /* of redisContext */
};

static void close_connection(void *redis)
{
	redisFree(redis);
}

static void *redis_open(const struct map_load *load, struct str spec)
{
	struct redis_map *map = arena_new_object(load->arena, struct redis_map);
	struct error err;

	if (!redis_uri_parse(load->arena, spec, &map->uri, &err)) {
		problems_add(load->problems, PROBLEM_ERROR, NULL, "forward_map: %s", err.text);
		return NULL;
	}
	if (map->uri.name[0] == '\0') {
		problems_add(load->problems, PROBLEM_ERROR, NULL,
		             "forward_map: the redis: map names no hash; write "
		             "redis://HOST:PORT/DATABASE/HASH");
		return NULL;
	}
	map->spec = arena_printf(load->arena, "redis://%s:%d/%d/%s", map->uri.host, map->uri.port,
	                         map->uri.database, map->uri.name)
	                    .data;
	map->pool = pool_new(load->arena, close_connection);
	return map;
}

static bool run_ok(redisContext *redis, const char *format, const char *argument)
{
	redisReply *reply = redisCommand(redis, format, argument);
	bool ok = reply != NULL && reply->type != REDIS_REPLY_ERROR;

	freeReplyObject(reply);
	return ok;
}

static redisContext *connect_redis(const struct redis_uri *uri)
{
	struct timeval limit = { .tv_sec = TIME_LIMIT_MS / 1000 };
	redisContext *redis = redisConnectWithTimeout(uri->host, uri->port, limit);
	char database[16];

	snprintf(database, sizeof(database), "%d", uri->database);
	if (redis != NULL && redis->err == 0 && redisSetTimeout(redis, limit) == REDIS_OK &&
	    (uri->password == NULL || run_ok(redis, "AUTH %s", uri->password)) &&
	    run_ok(redis, "SELECT %s", database))
		return redis;
	redisFree(redis);
	return NULL;
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
static redisReply *ask(const struct redis_map *map, redisContext *redis, struct str key)
{
	redisReply *reply = redisCommand(redis, "HGET %s %b", map->uri.name, key.data, key.len);

	if (reply != NULL)
		pool_give(map->pool, redis);
	else
		redisFree(redis);
	return reply;
}

static enum lookup_result redis_lookup(struct arena *arena, void *data, struct str key,
                                       struct target_list *targets_r)
{
	struct deadline deadline = deadline_in_ms(TIME_LIMIT_MS);
	const struct redis_map *map = data;
	enum lookup_result result;
	redisReply *reply = NULL;
	redisContext *redis;

	/* The server may have closed those that were idle. */
	while (reply == NULL && !deadline_passed(deadline) &&
	       (redis = pool_take(map->pool)) != NULL)
		reply = ask(map, redis, key);
	if (reply == NULL && !deadline_passed(deadline)) {
		redis = connect_redis(&map->uri);
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
