/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading from Redis: ids come from the smallest index that fits the query, records in steps, and
 * what the index does not tell is looked at in each record.
 */
#include <hiredis/hiredis.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "store/record_codec.h"
#include "store/store_redis.h"

#define READ_STEP 500

struct found_id {
	int64_t id;
	double time;
};

struct id_list {
	struct found_id *items;
	size_t len;
	size_t cap;
};

static bool fail(const struct redis_store *s, struct error *err_r)
{
	*err_r = s->error;
	return false;
}

static bool given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

/* Appends the ids of a sorted set from a time on. */
static bool read_index(struct redis_store *s, struct arena *arena, struct str name,
                       int64_t since_us, struct id_list *ids)
{
	redisReply *reply = redis_store_checked(
		s, redisCommand(s->redis, "ZRANGEBYSCORE %b %lld +inf WITHSCORES", name.data,
	                        name.len, (long long)since_us));

	if (reply == NULL)
		return false;
	for (size_t i = 0; i + 1 < reply->elements; i += 2) {
		struct found_id found = { strtoll(reply->element[i]->str, NULL, 10),
			                  strtod(reply->element[i + 1]->str, NULL) };

		vec_push(arena, ids, found);
	}
	freeReplyObject(reply);
	return true;
}

static bool read_kinds(struct redis_store *s, struct arena *arena, const struct store_query *query,
                       struct id_list *ids)
{
	for (unsigned kind = 0; kind < RECORD_KIND_COUNT; kind++) {
		struct str name = redis_store_kind_index(arena, (enum record_kind)kind);

		if ((query->kinds == 0 || (query->kinds & 1u << kind) != 0) &&
		    !read_index(s, arena, name, query->since_us, ids))
			return false;
	}
	return true;
}

/* Ids count up, so those after one need no index. */
static bool list_after(struct redis_store *s, struct arena *arena, int64_t after_id,
                       struct id_list *ids)
{
	struct error ignored;
	int64_t newest;

	if (!redis_store_newest_id(&s->store, &newest, &ignored))
		return false;
	for (int64_t id = after_id + 1; id <= newest; id++) {
		struct found_id found = { id, (double)id };

		vec_push(arena, ids, found);
	}
	return true;
}

static bool find_ids(struct redis_store *s, struct arena *arena, const struct store_query *query,
                     struct id_list *ids)
{
	struct str name = STR("");

	if (query->after_id > 0)
		return list_after(s, arena, query->after_id, ids);
	if (given(query->message))
		name = redis_store_message_index(arena, query->message);
	else if (given(query->account))
		name = redis_store_index(
			arena, strchr(query->account, '@') != NULL ? "assay:rcpt:" : "assay:rdom:",
			query->account);
	else if (given(query->destination))
		name = redis_store_index(arena,
		                         strchr(query->destination, '@') != NULL ? "assay:dest:"
		                                                                 : "assay:ddom:",
		                         query->destination);
	if (name.len > 0)
		return read_index(s, arena, name, query->since_us, ids);
	return read_kinds(s, arena, query, ids);
}

static int compare_ids(const void *a, const void *b)
{
	const struct found_id *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* `wanted` has an "@": the address; else its domain. */
static bool address_fits(const char *address, const char *wanted)
{
	return !given(wanted) ||
	       strcasecmp(strchr(wanted, '@') != NULL ? address : store_domain(address), wanted) ==
	               0;
}

static bool fits(const struct record *record, const struct store_query *query)
{
	if (query->kinds != 0 && (query->kinds & 1u << record->kind) == 0)
		return false;
	if (given(query->message) && strcmp(query->message, record->queue_id) != 0 &&
	    strcmp(query->message, record->scan_id) != 0 &&
	    strcmp(query->message, record->message_id) != 0)
		return false;
	return (!query->tagged_only || record->tagged) && record->time_us >= query->since_us &&
	       address_fits(record->recipient, query->account) &&
	       address_fits(record->destination, query->destination);
}

/* The records of some ids; elements of the reply are nil where one has gone meanwhile. */
static redisReply *fetch(struct redis_store *s, struct arena *arena, const struct found_id *ids,
                         size_t count)
{
	const char **arguments = arena_calloc(arena, count + 2, sizeof(*arguments));

	arguments[0] = "HMGET";
	arguments[1] = "assay:records";
	for (size_t i = 0; i < count; i++)
		arguments[i + 2] = arena_printf(arena, "%lld", (long long)ids[i].id).data;
	return redis_store_checked(s, redisCommandArgv(s->redis, (int)count + 2, arguments, NULL));
}

struct visiting {
	const struct store_query *query;
	store_visit *visit;
	void *context;
	size_t shown;
	bool stopped;
};

static void visit_step(struct arena *arena, const redisReply *reply, const struct found_id *ids,
                       struct visiting *visiting)
{
	size_t limit = visiting->query->limit;

	for (size_t i = 0; i < reply->elements && !visiting->stopped; i++) {
		const redisReply *element = reply->element[i];
		struct record record;

		if (element->type != REDIS_REPLY_STRING ||
		    !record_decode(arena, (struct str){ element->str, element->len }, &record) ||
		    !fits(&record, visiting->query))
			continue;
		visiting->shown++;
		visiting->stopped = !visiting->visit(&record, ids[i].id, visiting->context) ||
		                    (limit > 0 && visiting->shown == limit);
	}
}

static bool visit_ids(struct redis_store *s, const struct id_list *ids, struct visiting *visiting)
{
	for (size_t i = 0; i < ids->len && !visiting->stopped; i += READ_STEP) {
		size_t count = ids->len - i < READ_STEP ? ids->len - i : READ_STEP;
		struct arena *arena = arena_new();
		redisReply *reply = fetch(s, arena, &ids->items[i], count);

		if (reply != NULL)
			visit_step(arena, reply, &ids->items[i], visiting);
		arena_free(arena);
		if (reply == NULL)
			return false;
		freeReplyObject(reply);
	}
	return true;
}

bool redis_store_read(struct store *store, const struct store_query *query, store_visit *visit,
                      void *context, struct error *err_r)
{
	struct redis_store *s = (struct redis_store *)store;
	struct visiting visiting = { .query = query, .visit = visit, .context = context };
	struct arena *arena = arena_new();
	struct id_list ids = { 0 };
	bool ok = redis_store_connect(s) && find_ids(s, arena, query, &ids);

	if (ok && ids.len > 0)
		qsort(ids.items, ids.len, sizeof(ids.items[0]), compare_ids);
	ok = ok && visit_ids(s, &ids, &visiting);
	arena_free(arena);
	return ok || fail(s, err_r);
}

bool redis_store_newest_id(struct store *store, int64_t *id_r, struct error *err_r)
{
	struct redis_store *s = (struct redis_store *)store;
	redisReply *reply = NULL;

	*id_r = 0;
	if (redis_store_connect(s))
		reply = redis_store_checked(s, redisCommand(s->redis, "GET assay:seq"));
	if (reply == NULL)
		return fail(s, err_r);
	if (reply->type == REDIS_REPLY_STRING)
		*id_r = strtoll(reply->str, NULL, 10);
	freeReplyObject(reply);
	return true;
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

bool redis_store_read_counts(struct store *store, int64_t since_us, const char *domain,
                             store_visit_count *visit, void *context, struct error *err_r)
{
	struct redis_store *s = (struct redis_store *)store;
	struct arena *arena = arena_new();
	vec_of(struct store_count) counts = { 0 };
	redisReply *reply = NULL;

	if (redis_store_connect(s))
		reply = redis_store_checked(s, redisCommand(s->redis, "HGETALL assay:counts"));
	for (size_t i = 0; reply != NULL && i + 1 < reply->elements; i += 2) {
		struct store_count count;

		if (parse_count(reply->element[i]->str, reply->element[i + 1]->str, &count) &&
		    count.hour_us >= store_hour(since_us) && address_fits(count.domain, domain))
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

/* Expiry. */

static void expire_counts(struct redis_store *s, int64_t before_us)
{
	redisReply *reply = redis_store_checked(s, redisCommand(s->redis, "HKEYS assay:counts"));

	for (size_t i = 0; reply != NULL && i < reply->elements && s->redis != NULL; i++) {
		const redisReply *key = reply->element[i];
		struct arena *arena = arena_new();
		struct store_count count;

		if (parse_count(arena_cstr(arena, (struct str){ key->str, key->len }), "0",
		                &count) &&
		    count.hour_us < before_us)
			freeReplyObject(
				redisCommand(s->redis, "HDEL assay:counts %b", key->str, key->len));
		arena_free(arena);
	}
	freeReplyObject(reply);
}

/* Decodes the records of a reply. */
static size_t decode_all(struct arena *arena, const redisReply *reply, struct record *records)
{
	size_t count = 0;

	for (size_t i = 0; i < reply->elements; i++) {
		const redisReply *element = reply->element[i];

		if (element->type == REDIS_REPLY_STRING)
			count += record_decode(arena, (struct str){ element->str, element->len },
			                       &records[count]);
	}
	return count;
}

static bool remove_ids(struct redis_store *s, struct arena *arena, const redisReply *oldest,
                       size_t *removed_r, struct error *err_r)
{
	struct found_id *ids = arena_calloc(arena, oldest->elements, sizeof(*ids));
	struct record *records = arena_calloc(arena, oldest->elements, sizeof(*records));
	redisReply *reply;
	bool ok;

	for (size_t i = 0; i < oldest->elements; i++)
		ids[i].id = strtoll(oldest->element[i]->str, NULL, 10);
	reply = fetch(s, arena, ids, oldest->elements);
	if (reply == NULL)
		return fail(s, err_r);
	*removed_r = decode_all(arena, reply, records);
	ok = redis_store_remove(s, records, *removed_r, err_r);
	freeReplyObject(reply);
	return ok;
}

bool redis_store_expire(struct store *store, int64_t before_us, size_t limit, size_t *removed_r,
                        struct error *err_r)
{
	struct redis_store *s = (struct redis_store *)store;
	struct arena *arena;
	redisReply *oldest = NULL;
	bool ok = true;

	*removed_r = 0;
	if (redis_store_connect(s))
		oldest = redis_store_checked(
			s,
			redisCommand(s->redis, "ZRANGEBYSCORE assay:time -inf (%lld LIMIT 0 %lld",
		                     (long long)before_us, (long long)limit));
	if (oldest == NULL)
		return fail(s, err_r);
	arena = arena_new();
	if (oldest->elements > 0)
		ok = remove_ids(s, arena, oldest, removed_r, err_r);
	else
		expire_counts(s, before_us);
	arena_free(arena);
	freeReplyObject(oldest);
	return ok;
}
