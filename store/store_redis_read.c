/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading from Redis: ids come from the smallest index that fits the query, records in steps, of
 * which the next is asked for while one is looked at, and what the index does not tell is looked
 * at in each record.
 */
#include <hiredis/hiredis.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "store/groups.h"
#include "store/record_codec.h"
#include "store/store_redis.h"

#define READ_STEP 500
/* Ids of a kind that are asked for at a time where the newest go first. */
#define STEP_MAX 4000

static bool fail(const struct redis_store *s, struct error *err_r)
{
	*err_r = s->error;
	return false;
}

/* Ids. */

bool store_redis_list(struct redis_store *s, struct arena *arena, struct str index,
                      const int64_t range_us[2], size_t limit, struct redis_ids *ids)
{
	redisReply *reply = store_redis_ask(
		s, "ZRANGEBYSCORE %b %lld %lld WITHSCORES LIMIT 0 %lld", index.data, index.len,
		(long long)range_us[0], (long long)range_us[1], limit > 0 ? (long long)limit : -1);
	bool ok;

	if (reply == NULL)
		return false;
	ok = store_redis_is(s, reply, REDIS_REPLY_ARRAY);
	for (size_t i = 0; ok && i + 1 < reply->elements; i += 2) {
		const redisReply *id = reply->element[i], *time = reply->element[i + 1];

		ok = store_redis_is(s, id, REDIS_REPLY_STRING) &&
		     store_redis_is(s, time, REDIS_REPLY_STRING);
		if (ok)
			vec_push(arena, ids,
			         ((struct redis_id){ strtoll(id->str, NULL, 10),
			                             strtoll(time->str, NULL, 10) }));
	}
	freeReplyObject(reply);
	return ok;
}

static int compare_ids(const void *a, const void *b)
{
	const struct redis_id *x = a, *y = b;

	if (x->time_us != y->time_us)
		return x->time_us < y->time_us ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

void store_redis_ids_sort(struct redis_ids *ids)
{
	if (ids->len > 0)
		qsort(ids->items, ids->len, sizeof(ids->items[0]), compare_ids);
}

/* Ids count up, so those after one need no index. */
static bool list_after(struct redis_store *s, struct arena *arena, int64_t after_id,
                       struct redis_ids *ids)
{
	struct error ignored;
	int64_t newest;

	if (!store_redis_newest_id(&s->store, &newest, &ignored))
		return false;
	for (int64_t id = after_id + 1; id <= newest; id++) {
		struct redis_id found = { id, id };

		vec_push(arena, ids, found);
	}
	return true;
}

/* The narrowest index of a kind that fits the query. */
static struct str kind_index(struct arena *arena, const struct store_query *query,
                             enum record_kind kind)
{
	const char *account = query->account, *destination = query->destination;

	if (store_given(account))
		return store_redis_index(arena, strchr(account, '@') != NULL ? "rcpt" : "rdom",
		                         kind, account);
	if (store_given(destination))
		return store_redis_index(arena, strchr(destination, '@') != NULL ? "dest" : "ddom",
		                         kind, destination);
	return store_redis_kind_index(arena, kind);
}

static bool find_ids(struct redis_store *s, struct arena *arena, const struct store_query *query,
                     struct redis_ids *ids)
{
	int64_t range[2] = { query->since_us, INT64_MAX };

	if (query->after_id > 0)
		return list_after(s, arena, query->after_id, ids);
	if (store_given(query->message))
		return store_redis_list(s, arena, store_redis_message_index(arena, query->message),
		                        range, 0, ids);
	for (unsigned kind = 0; kind < RECORD_KIND_COUNT; kind++) {
		struct str index = kind_index(arena, query, (enum record_kind)kind);

		if ((query->kinds == 0 || (query->kinds & 1u << kind) != 0) &&
		    !store_redis_list(s, arena, index, range, 0, ids))
			return false;
	}
	return true;
}

static bool fits(const struct record *record, int64_t id, const struct store_query *query)
{
	if (query->kinds != 0 && (query->kinds & 1u << record->kind) == 0)
		return false;
	if (store_given(query->message) && strcmp(query->message, record->queue_id) != 0 &&
	    strcmp(query->message, record->scan_id) != 0 &&
	    strcmp(query->message, record->message_id) != 0)
		return false;
	if (query->before_us > 0 &&
	    (record->time_us > query->before_us ||
	     (record->time_us == query->before_us && id >= query->before_id)))
		return false;
	if ((query->until_us > 0 && record->time_us >= query->until_us) ||
	    (store_given(query->sender) && strcasecmp(record->sender, query->sender) != 0))
		return false;
	return (!query->tagged_only || record->tagged) &&
	       (!query->infected_only || store_given(record->signature)) &&
	       record->time_us >= query->since_us &&
	       (query->up_to_id == 0 || id <= query->up_to_id) &&
	       store_address_fits(record->recipient, query->account) &&
	       store_address_fits(record->destination, query->destination);
}

/* Records. */

bool store_redis_fetch(struct redis_store *s, const struct redis_id *ids, size_t count)
{
	struct arena *arena = arena_new();
	const char **arguments = arena_calloc(arena, count + 2, sizeof(*arguments));
	char *numbers = arena_alloc(arena, count * 24);
	bool ok;

	arguments[0] = "HMGET";
	arguments[1] = "assay:records";
	for (size_t i = 0; i < count; i++) {
		snprintf(numbers + i * 24, 24, "%lld", (long long)ids[i].id);
		arguments[i + 2] = numbers + i * 24;
	}
	ok = s->redis != NULL && redis_client_send(s->redis, count + 2, arguments, NULL, &s->error);
	arena_free(arena);
	return ok || store_redis_checked(s, NULL) != NULL;
}

redisReply *store_redis_fetched(struct redis_store *s)
{
	return store_redis_checked(s, redis_client_receive(s->redis, &s->error));
}

struct visiting {
	const struct store_query *query;
	store_visit *visit;
	void *context;
	size_t shown;
	bool stopped;
};

static void visit_step(const redisReply *reply, const struct redis_id *ids, size_t count,
                       struct visiting *visiting)
{
	size_t limit = visiting->query->limit;

	for (size_t i = 0; i < reply->elements && i < count && !visiting->stopped; i++) {
		const redisReply *element = reply->element[i];
		struct record record;

		if (element->type != REDIS_REPLY_STRING ||
		    !record_decode_in_place(element->str, element->len, &record) ||
		    !fits(&record, ids[i].id, visiting->query))
			continue;
		visiting->shown++;
		visiting->stopped = !visiting->visit(&record, ids[i].id, visiting->context) ||
		                    (limit > 0 && visiting->shown == limit);
	}
}

static size_t step_len(const struct redis_ids *ids, size_t at)
{
	return ids->len - at < READ_STEP ? ids->len - at : READ_STEP;
}

/* One step is on its way while another is looked at; at the end none is left over. */
static bool visit_ids(struct redis_store *s, const struct redis_ids *ids, struct visiting *visiting)
{
	bool ok = ids->len == 0 || store_redis_fetch(s, ids->items, step_len(ids, 0));
	size_t at = 0;

	while (ok && at < ids->len) {
		size_t next = at + step_len(ids, at);
		bool more = next < ids->len && !visiting->stopped;
		redisReply *reply = NULL;

		if (!more || store_redis_fetch(s, &ids->items[next], step_len(ids, next)))
			reply = store_redis_fetched(s);
		ok = reply != NULL;
		if (ok)
			visit_step(reply, &ids->items[at], step_len(ids, at), visiting);
		freeReplyObject(reply);
		at = more ? next : ids->len;
	}
	return ok;
}

static void reverse(struct redis_ids *ids)
{
	for (size_t i = 0; i < ids->len / 2; i++) {
		struct redis_id id = ids->items[i];

		ids->items[i] = ids->items[ids->len - 1 - i];
		ids->items[ids->len - 1 - i] = id;
	}
}

static bool read_oldest_first(struct redis_store *s, struct visiting *visiting)
{
	struct arena *arena = arena_new();
	struct redis_ids ids = { 0 };
	bool ok = find_ids(s, arena, visiting->query, &ids);

	store_redis_ids_sort(&ids);
	if (visiting->query->newest_first)
		reverse(&ids);
	ok = ok && visit_ids(s, &ids, visiting);
	arena_free(arena);
	return ok;
}

/* What is newer than the oldest that was found of each kind, where there may be older ones. */
static void drop_older(struct redis_ids *ids, int64_t horizon_us)
{
	size_t kept = 0;

	for (size_t i = 0; i < ids->len; i++)
		if (ids->items[i].time_us >= horizon_us)
			ids->items[kept++] = ids->items[i];
	ids->len = kept;
}

/* Some ids of each kind that are not newer than range[1]; *horizon_r is how far back all are known:
 * range[0] where that is all. */
static bool find_newest(struct redis_store *s, struct arena *arena, const struct store_query *query,
                        const int64_t range[2], size_t some, struct redis_ids *ids,
                        int64_t *horizon_r)
{
	*horizon_r = range[0];
	for (unsigned kind = 0; kind < RECORD_KIND_COUNT; kind++) {
		struct str index = kind_index(arena, query, (enum record_kind)kind);
		int64_t oldest_us;

		if (query->kinds != 0 && (query->kinds & 1u << kind) == 0)
			continue;
		if (!store_redis_list_newest(s, arena, index, range, some, ids, &oldest_us))
			return false;
		if (oldest_us > *horizon_r)
			*horizon_r = oldest_us;
	}
	drop_older(ids, *horizon_r);
	store_redis_ids_sort(ids);
	reverse(ids);
	return true;
}

/* In steps that grow: few are enough for a page, and a search may want many. */
static bool read_newest_first(struct redis_store *s, struct visiting *visiting)
{
	const struct store_query *query = visiting->query;
	int64_t range[2] = { query->since_us, INT64_MAX };
	size_t some = query->limit > 0 && query->limit < READ_STEP ? query->limit : READ_STEP / 4;
	bool ok = true, more = true;

	if (query->until_us > 0)
		range[1] = query->until_us - 1;
	if (query->before_us > 0 && query->before_us < range[1])
		range[1] = query->before_us;
	while (ok && more && !visiting->stopped) {
		struct arena *arena = arena_new();
		struct redis_ids ids = { 0 };
		int64_t horizon_us;

		ok = find_newest(s, arena, query, range, some, &ids, &horizon_us) &&
		     visit_ids(s, &ids, visiting);
		arena_free(arena);
		more = horizon_us > range[0];
		range[1] = more ? horizon_us - 1 : range[1];
		some = some * 2 < STEP_MAX ? some * 2 : STEP_MAX;
	}
	return ok;
}

bool store_redis_read(struct store *store, const struct store_query *query, store_visit *visit,
                      void *context, struct error *err_r)
{
	struct redis_store *s = (struct redis_store *)store;
	struct visiting visiting = { .query = query, .visit = visit, .context = context };
	bool steps = query->newest_first && !store_given(query->message) && query->after_id == 0;

	return (store_redis_connect(s) &&
	        (steps ? read_newest_first(s, &visiting) : read_oldest_first(s, &visiting))) ||
	       fail(s, err_r);
}

static bool visit_some(struct redis_store *s, const int64_t *ids, size_t count,
                       struct visiting *visiting)
{
	struct arena *arena = arena_new();
	struct redis_ids list = { 0 };
	bool ok;

	for (size_t i = 0; i < count; i++)
		vec_push(arena, &list, ((struct redis_id){ ids[i], 0 }));
	ok = visit_ids(s, &list, visiting);
	arena_free(arena);
	return ok;
}

bool store_redis_read_ids(struct store *store, const int64_t *ids, size_t count, store_visit *visit,
                          void *context, struct error *err_r)
{
	static const struct store_query all = { 0 };
	struct redis_store *s = (struct redis_store *)store;
	struct visiting visiting = { .query = &all, .visit = visit, .context = context };

	return (store_redis_connect(s) && visit_some(s, ids, count, &visiting)) || fail(s, err_r);
}

static bool add_to_groups(const struct record *record, int64_t id, void *context)
{
	(void)id;
	groups_add(context, record);
	return true;
}

bool store_redis_read_groups(struct store *store, const struct store_query *query,
                             store_visit_group *visit, void *context, struct error *err_r)
{
	struct arena *arena = arena_new();
	struct groups *groups = groups_new(arena);
	bool ok = store_redis_read(store, query, add_to_groups, groups, err_r);

	if (ok)
		groups_visit(groups, visit, context);
	arena_free(arena);
	return ok;
}

bool store_redis_newest_id(struct store *store, int64_t *id_r, struct error *err_r)
{
	struct redis_store *s = (struct redis_store *)store;

	return (store_redis_connect(s) && store_redis_get(s, "assay:seq", id_r)) || fail(s, err_r);
}

/* Counts. */

static struct str take_word(char **rest)
{
	char *start = *rest, *space = strchr(start, ' ');

	*rest = space != NULL ? space + 1 : start + strlen(start);
	return (struct str){ start, space != NULL ? (size_t)(space - start) : strlen(start) };
}

static bool parse_count(char *field, const char *number, struct store_count *count_r)
{
	struct str kind = take_word(&field), hour = take_word(&field);
	uint64_t kind_number, hour_us;

	if (!str_to_uint(kind, RECORD_KIND_COUNT - 1, &kind_number) ||
	    !str_to_uint(hour, INT64_MAX, &hour_us))
		return false;
	*count_r = (struct store_count){ (enum record_kind)kind_number, (int64_t)hour_us, field,
		                         strtoll(number, NULL, 10) };
	return true;
}

/* Newest first; then what came most often, by domain and kind. */
static int compare_counts(const void *a, const void *b)
{
	const struct store_count *x = a, *y = b;
	int order = (x->hour_us < y->hour_us) - (x->hour_us > y->hour_us);

	if (order == 0)
		order = (x->count < y->count) - (x->count > y->count);
	if (order == 0)
		order = strcmp(x->domain, y->domain);
	return order != 0 ? order : (int)x->kind - (int)y->kind;
}

bool store_redis_read_counts(struct store *store, int64_t since_us, const char *domain,
                             store_visit_count *visit, void *context, struct error *err_r)
{
	struct redis_store *s = (struct redis_store *)store;
	struct arena *arena = arena_new();
	vec_of(struct store_count) counts = { 0 };
	redisReply *reply = NULL;

	if (store_redis_connect(s))
		reply = store_redis_ask(s, "HGETALL assay:counts");
	if (reply != NULL && !store_redis_is(s, reply, REDIS_REPLY_ARRAY)) {
		freeReplyObject(reply);
		reply = NULL;
	}
	for (size_t i = 0; reply != NULL && i + 1 < reply->elements; i += 2) {
		struct store_count count;

		if (reply->element[i]->type == REDIS_REPLY_STRING &&
		    reply->element[i + 1]->type == REDIS_REPLY_STRING &&
		    parse_count(reply->element[i]->str, reply->element[i + 1]->str, &count) &&
		    count.hour_us >= store_hour(since_us) &&
		    store_address_fits(count.domain, domain))
			vec_push(arena, &counts, count);
	}
	if (counts.len > 0)
		qsort(counts.items, counts.len, sizeof(counts.items[0]), compare_counts);
	for (size_t i = 0; i < counts.len; i++)
		if (!visit(&counts.items[i], context))
			break;
	arena_free(arena);
	if (reply == NULL)
		return fail(s, err_r);
	freeReplyObject(reply);
	return true;
}

void store_redis_expire_counts(struct redis_store *s, int64_t before_us)
{
	redisReply *reply = store_redis_ask(s, "HKEYS assay:counts");

	for (size_t i = 0; reply != NULL && i < reply->elements && s->redis != NULL; i++) {
		const redisReply *key = reply->element[i];
		struct arena *arena = arena_new();
		struct store_count count;

		if (key->type == REDIS_REPLY_STRING &&
		    parse_count(arena_cstr(arena, (struct str){ key->str, key->len }), "0",
		                &count) &&
		    count.hour_us < store_hour(before_us))
			freeReplyObject(
				store_redis_ask(s, "HDEL assay:counts %b", key->str, key->len));
		arena_free(arena);
	}
	freeReplyObject(reply);
}
