/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "store/people_redis.h"

#define KEY_SCOPES "assay:people:scopes"

static bool entry_of(struct str scope, struct str pattern, const redisReply *value,
                     struct people_entry *entry_r)
{
	if (value->type != REDIS_REPLY_STRING || value->len != 1)
		return false;
	*entry_r = (struct people_entry){
		.scope = scope,
		.pattern = pattern,
		.list = value->str[0] == 'b' ? PEOPLE_BLOCKED : PEOPLE_WELCOMED,
		.unauthenticated = value->str[0] == 'u',
	};
	return true;
}

void people_redis_take_hash(struct arena *arena, struct str scope, const redisReply *reply,
                            struct people_entry_list *entries)
{
	struct people_entry entry;

	for (size_t i = 0; i + 1 < reply->elements; i += 2)
		if (entry_of(scope, people_redis_text(arena, reply->element[i]),
		             reply->element[i + 1], &entry))
			vec_push(arena, entries, entry);
}

void people_redis_take_values(struct arena *arena, struct str scope,
                              const struct str_list *patterns, const redisReply *reply,
                              struct people_entry_list *entries)
{
	struct people_entry entry;

	for (size_t i = 0; i < reply->elements && i < patterns->len; i++)
		if (entry_of(scope, patterns->items[i], reply->element[i], &entry))
			vec_push(arena, entries, entry);
}

static const char *key_prefix(const struct people_entry *entry)
{
	return people_is_glob(entry->pattern) ? PEOPLE_REDIS_GLOBS : PEOPLE_REDIS_LIST;
}

static const char *value_of(const struct people_entry *entry)
{
	if (entry->list == PEOPLE_BLOCKED)
		return "b";
	return entry->unauthenticated ? "u" : "w";
}

/* What is there of the pattern; NULL with the reason. */
static redisReply *find(struct people_redis *s, struct arena *arena,
                        const struct people_entry *entry, struct error *err_r)
{
	struct people_redis_command command =
		people_redis_command(arena, "HGET", key_prefix(entry), entry->scope);

	people_redis_add(&command, entry->pattern);
	return people_redis_ask(s, &command, err_r);
}

static bool has_room(struct people_redis *s, struct arena *arena, const struct people_entry *entry,
                     struct error *err_r)
{
	struct people_redis_command command =
		people_redis_command(arena, "HLEN", PEOPLE_REDIS_GLOBS, entry->scope);
	redisReply *reply;
	bool ok;

	if (!people_is_glob(entry->pattern))
		return true;
	reply = people_redis_ask(s, &command, err_r);
	ok = reply != NULL &&
	     (reply->integer < PEOPLE_GLOBS_MAX ||
	      error_set(err_r, "there are %d patterns with * or ? already; remove some",
	                PEOPLE_GLOBS_MAX));
	freeReplyObject(reply);
	return ok;
}

static bool write_entry(struct people_redis *s, struct arena *arena,
                        const struct people_entry *entry, struct error *err_r)
{
	struct people_redis_command set =
		people_redis_command(arena, "HSET", key_prefix(entry), entry->scope);
	struct people_redis_command note = people_redis_command(arena, "SADD", KEY_SCOPES, STR(""));

	people_redis_add(&set, entry->pattern);
	people_redis_add(&set, str_from(value_of(entry)));
	people_redis_add(&note, entry->scope);
	return people_redis_run(s, &note, err_r) && people_redis_run(s, &set, err_r);
}

bool people_redis_enter(struct people_store *store, const struct people_entry *entry,
                        bool *changed_r, struct error *err_r)
{
	struct people_redis *s = (struct people_redis *)store;
	struct arena *arena = arena_new();
	redisReply *old = find(s, arena, entry, err_r);
	bool ok = old != NULL;

	*changed_r =
		ok && !(old->type == REDIS_REPLY_STRING && strcmp(old->str, value_of(entry)) == 0);
	if (*changed_r)
		ok = has_room(s, arena, entry, err_r) && write_entry(s, arena, entry, err_r);
	freeReplyObject(old);
	arena_free(arena);
	return ok;
}

bool people_redis_remove(struct people_store *store, const struct people_entry *entry,
                         bool *changed_r, struct error *err_r)
{
	struct people_redis *s = (struct people_redis *)store;
	struct arena *arena = arena_new();
	struct people_redis_command command =
		people_redis_command(arena, "HDEL", key_prefix(entry), entry->scope);
	redisReply *old = find(s, arena, entry, err_r);
	struct people_entry there;
	bool ok = old != NULL;

	*changed_r = ok && entry_of(entry->scope, entry->pattern, old, &there) &&
	             there.list == entry->list;
	people_redis_add(&command, entry->pattern);
	if (*changed_r)
		ok = people_redis_run(s, &command, err_r);
	freeReplyObject(old);
	arena_free(arena);
	return ok;
}

static bool show_scope(struct people_redis *s, struct arena *arena, struct str scope,
                       struct people_entry_list *entries, struct error *err_r)
{
	static const char *const prefixes[] = { PEOPLE_REDIS_LIST, PEOPLE_REDIS_GLOBS };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		struct people_redis_command command =
			people_redis_command(arena, "HGETALL", prefixes[i], scope);
		redisReply *reply = people_redis_ask(s, &command, err_r);

		if (reply == NULL)
			return false;
		people_redis_take_hash(arena, scope, reply, entries);
		freeReplyObject(reply);
	}
	return true;
}

static bool show_all(struct people_redis *s, struct arena *arena, struct people_entry_list *entries,
                     struct error *err_r)
{
	struct people_redis_command command =
		people_redis_command(arena, "SMEMBERS", KEY_SCOPES, STR(""));
	redisReply *reply = people_redis_ask(s, &command, err_r);
	bool ok = reply != NULL;

	for (size_t i = 0; ok && i < reply->elements; i++)
		ok = show_scope(s, arena, people_redis_text(arena, reply->element[i]), entries,
		                err_r);
	freeReplyObject(reply);
	return ok;
}

static int by_scope(const void *a, const void *b)
{
	const struct people_entry *x = a, *y = b;
	int order = str_cmp(x->scope, y->scope);

	return order != 0 ? order : str_cmp(x->pattern, y->pattern);
}

bool people_redis_show(struct people_store *store, struct arena *arena, enum people_list list,
                       const struct str *scope, struct people_entry_list *entries_r,
                       struct error *err_r)
{
	struct people_redis *s = (struct people_redis *)store;
	struct people_entry_list all = { 0 };

	if (scope != NULL ? !show_scope(s, arena, *scope, &all, err_r)
	                  : !show_all(s, arena, &all, err_r))
		return false;
	for (size_t i = 0; i < all.len; i++)
		if (all.items[i].list == list)
			vec_push(arena, entries_r, all.items[i]);
	if (entries_r->len > 1)
		qsort(entries_r->items, entries_r->len, sizeof(*entries_r->items), by_scope);
	return true;
}
