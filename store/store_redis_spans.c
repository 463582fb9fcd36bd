/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sorted sets of Redis read from their end, and counted by time. */
#include <hiredis/hiredis.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_redis.h"

static void take_ids(const redisReply *reply, struct arena *arena, struct redis_ids *ids)
{
	for (size_t i = 0; i + 1 < reply->elements; i += 2) {
		struct redis_id found = { strtoll(reply->element[i]->str, NULL, 10),
			                  strtoll(reply->element[i + 1]->str, NULL, 10) };

		vec_push(arena, ids, found);
	}
}

/* Ids of one time stand in the order of their texts, so all of the last time are asked for. */
bool store_redis_list_newest(struct redis_store *s, struct arena *arena, struct str index,
                             const int64_t range_us[2], size_t some, struct redis_ids *ids,
                             int64_t *oldest_r)
{
	size_t first = ids->len;
	int64_t last[2];
	redisReply *reply = store_redis_ask(
		s, "ZREVRANGEBYSCORE %b %lld %lld WITHSCORES LIMIT 0 %lld", index.data, index.len,
		(long long)range_us[1], (long long)range_us[0], (long long)some);

	*oldest_r = INT64_MIN;
	if (reply == NULL)
		return false;
	take_ids(reply, arena, ids);
	freeReplyObject(reply);
	if (ids->len - first < some)
		return true;
	*oldest_r = last[0] = last[1] = ids->items[ids->len - 1].time_us;
	while (ids->len > first && ids->items[ids->len - 1].time_us == last[0])
		ids->len--;
	return store_redis_list(s, arena, index, last, 0, ids);
}

static struct str account_index(struct arena *arena, enum record_kind kind, const char *account)
{
	if (!store_given(account))
		return store_redis_kind_index(arena, kind);
	return store_redis_index(arena, strchr(account, '@') != NULL ? "rcpt" : "rdom", kind,
	                         account);
}

/* All are asked at once. */
static bool count_all(struct redis_store *s, struct str index, const int64_t *bounds_us,
                      size_t span_count, int64_t *counts_r)
{
	char from[24], to[24];
	bool ok = true;

	for (size_t i = 0; i < span_count; i++) {
		const char *texts[] = { "ZCOUNT", index.data, from, to };
		size_t lengths[] = { strlen("ZCOUNT"), index.len, 0, 0 };

		lengths[2] = (size_t)snprintf(from, sizeof(from), "%lld", (long long)bounds_us[i]);
		lengths[3] = (size_t)snprintf(to, sizeof(to), "(%lld", (long long)bounds_us[i + 1]);
		redis_client_queue(s->redis, 4, texts, lengths);
	}
	for (size_t i = 0; ok && i < span_count; i++) {
		redisReply *reply =
			store_redis_checked(s, redis_client_receive(s->redis, &s->error));

		ok = reply != NULL;
		counts_r[i] = ok && reply->type == REDIS_REPLY_INTEGER ? reply->integer : 0;
		freeReplyObject(reply);
	}
	return ok;
}

bool store_redis_count_spans(struct store *store, enum record_kind kind, const char *account,
                             const int64_t *bounds_us, size_t span_count, int64_t *counts_r,
                             struct error *err_r)
{
	struct redis_store *s = (struct redis_store *)store;
	struct arena *arena = arena_new();
	bool ok = store_redis_connect(s) && count_all(s, account_index(arena, kind, account),
	                                              bounds_us, span_count, counts_r);

	arena_free(arena);
	if (!ok)
		*err_r = s->error;
	return ok;
}

bool store_redis_first_id(struct store *store, int64_t since_us, int64_t *id_r, struct error *err_r)
{
	struct redis_store *s = (struct redis_store *)store;
	const int64_t range[2] = { since_us, INT64_MAX };
	struct arena *arena = arena_new();
	struct redis_ids ids = { 0 };
	bool ok = store_redis_connect(s);

	for (int kind = 0; ok && kind < RECORD_KIND_COUNT; kind++)
		ok = store_redis_list(s, arena,
		                      store_redis_kind_index(arena, (enum record_kind)kind), range,
		                      1, &ids);
	*id_r = 0;
	for (size_t i = 0; i < ids.len; i++)
		if (*id_r == 0 || ids.items[i].id < *id_r)
			*id_r = ids.items[i].id;
	arena_free(arena);
	if (!ok)
		*err_r = s->error;
	return ok;
}
