/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What Redis does not keep any longer. */
#include <hiredis/hiredis.h>

#include <stdlib.h>
#include <string.h>

#include "store/record_codec.h"
#include "store/store_redis.h"

static bool fail(const struct redis_store *s, struct error *err_r)
{
	*err_r = s->error;
	return false;
}

/* Decodes the records of a reply. */
static size_t decode_all(struct arena *arena, const redisReply *reply, struct record *records,
                         size_t most)
{
	size_t count = 0;

	for (size_t i = 0; i < reply->elements && count < most; i++) {
		const redisReply *element = reply->element[i];

		if (element->type == REDIS_REPLY_STRING)
			count += record_decode(arena, (struct str){ element->str, element->len },
			                       &records[count]);
	}
	return count;
}

static bool remove_ids(struct redis_store *s, struct arena *arena, const struct redis_ids *ids,
                       size_t *removed_r, struct error *err_r)
{
	struct record *records = arena_calloc(arena, ids->len, sizeof(*records));
	redisReply *reply = NULL;
	bool ok;

	if (store_redis_fetch(s, ids->items, ids->len))
		reply = store_redis_fetched(s);
	if (reply == NULL)
		return fail(s, err_r);
	*removed_r = decode_all(arena, reply, records, ids->len);
	freeReplyObject(reply);
	ok = store_redis_remove(s, records, *removed_r, err_r);
	return ok;
}

/* Removes the oldest ones before a time, of all kinds or of deliveries. */
static bool expire_before(struct redis_store *s, bool deliveries_only, int64_t before_us,
                          size_t limit, struct store_expiry *expiry, struct error *err_r)
{
	int64_t range[2] = { INT64_MIN, before_us - 1 };
	struct arena *arena = arena_new();
	struct redis_ids ids = { 0 };
	size_t removed = 0;
	bool ok = true;

	for (int kind = 0; ok && kind < RECORD_KIND_COUNT; kind++)
		if (!deliveries_only || store_is_delivery((enum record_kind)kind))
			ok = store_redis_list(s, arena,
			                      store_redis_kind_index(arena, (enum record_kind)kind),
			                      range, limit, &ids) ||
			     fail(s, err_r);
	store_redis_ids_sort(&ids);
	if (ids.len > limit)
		ids.len = limit;
	ok = ok && (ids.len == 0 || remove_ids(s, arena, &ids, &removed, err_r));
	expiry->removed += removed;
	expiry->more = expiry->more || removed == limit;
	arena_free(arena);
	return ok;
}

/* The newest of a message's offers tells; version 2 had only one of them. */
static const char expire_offers_script[] = "local all = redis.call('HGETALL', 'assay:unanswered')\n"
					   "for i = 1, #all, 2 do\n"
					   " local list = cmsgpack.unpack(all[i + 1])\n"
					   " local newest = list.id and list or list[#list]\n"
					   " if newest.time < tonumber(ARGV[1]) then\n"
					   "  redis.call('HDEL', 'assay:unanswered', all[i])\n"
					   " end\n"
					   "end\n"
					   "return 'done'";

static bool expire_offers(struct redis_store *s, int64_t before_us, struct error *err_r)
{
	struct arena *arena = arena_new();
	struct redis_arguments arguments;
	bool ok;

	store_redis_arguments_init(&arguments, arena, expire_offers_script);
	store_redis_arguments_add(&arguments, arena_printf(arena, "%lld", (long long)before_us));
	ok = store_redis_arguments_run(s, &arguments) || fail(s, err_r);
	arena_free(arena);
	return ok;
}

static bool expire_old(struct redis_store *s, const struct store_retention *retention, size_t limit,
                       struct store_expiry *expiry, struct error *err_r)
{
	int64_t before_us = retention->now_us - retention->max_age_us;

	if (retention->max_age_us > 0 && !expire_before(s, false, before_us, limit, expiry, err_r))
		return false;
	if (expiry->more)
		return true;
	if (retention->max_age_us > 0)
		store_redis_expire_counts(s, before_us);
	return expire_offers(s, retention->now_us - RECORD_OFFER_MAX_US, err_r);
}

static bool expire_large(struct redis_store *s, const struct store_retention *retention,
                         size_t limit, struct store_expiry *expiry, struct error *err_r)
{
	size_t before = expiry->removed;

	if (!expire_before(s, true, retention->now_us - STORE_DELIVERY_MIN_US, limit, expiry,
	                   err_r))
		return false;
	if (expiry->removed == before && !expire_before(s, false, INT64_MAX, limit, expiry, err_r))
		return false;
	expiry->for_size = expiry->removed > before;
	expiry->more = expiry->more || expiry->for_size;
	return true;
}

bool store_redis_expire(struct store *store, const struct store_retention *retention, size_t limit,
                        struct store_expiry *expiry_r, struct error *err_r)
{
	struct redis_store *s = (struct redis_store *)store;
	int64_t bytes;

	if (!store_redis_connect(s))
		return fail(s, err_r);
	if (!expire_old(s, retention, limit, expiry_r, err_r))
		return false;
	if (retention->max_bytes <= 0)
		return true;
	if (!store_redis_get(s, "assay:bytes", &bytes))
		return fail(s, err_r);
	return bytes <= store_high_water(retention->max_bytes) ||
	       expire_large(s, retention, limit, expiry_r, err_r);
}
