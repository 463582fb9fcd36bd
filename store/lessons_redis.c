/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * redis://…, as in store: one journal for several hosts, which all apply its rows in the same
 *order.
 *
 *	assay:lesson:key		the site's key
 *	assay:lesson:scopes		set of the names of scopes
 *	assay:lesson:rows:SCOPE		stream of rows: m(essage), l(abel), s(ource), t(ime),
 *					o(dds), v(ersion), f(eatures), c(hecksum)
 *	assay:lesson:ids:SCOPE		hash: message → "ID LABEL SOURCE ODDS BYTES" of its row
 *	assay:lesson:state:SCOPE	hash: generation, bytes, and counts "LABEL SOURCE"
 *	assay:lesson:changes		short stream of which scope was changed, for those who wait
 *	assay:lesson:damaged		stream of rows that were set aside
 */
#include "store/lessons_redis.h"

#include <hiredis/hiredis.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/store.h"

#define DEFAULT_JOURNAL ASSAY_STATEDIR "/redis.journal"
/* Rows of one answer. */
#define PAGE      200
#define PAGE_TEXT "200"

struct str lessons_redis_key_name(struct arena *arena, const char *what, const char *scope)
{
	return arena_printf(arena, "assay:lesson:%s:%s", what, scope);
}

struct redis_arguments lessons_redis_command(struct arena *arena, const char *const *words,
                                             size_t count)
{
	struct redis_arguments arguments = { .arena = arena };

	for (size_t i = 0; i < count; i++)
		store_redis_arguments_add(&arguments, str_from(words[i]));
	return arguments;
}

redisReply *lessons_redis_ask(struct redis_lessons *l, struct error *err_r,
                              const struct redis_arguments *arguments)
{
	struct redis_store *s = &l->store;
	redisReply *reply = NULL;

	if (store_redis_connect(s))
		reply = store_redis_checked(s, redis_client_ask_argv(s->redis, arguments->texts.len,
		                                                     arguments->texts.items,
		                                                     arguments->lengths.items,
		                                                     &s->error));
	if (reply == NULL)
		error_set(err_r, "%s", s->error.text);
	return reply;
}

static redisReply *ask_words(struct redis_lessons *l, struct arena *arena, struct error *err_r,
                             const char *const *words, size_t count)
{
	struct redis_arguments arguments = lessons_redis_command(arena, words, count);

	return lessons_redis_ask(l, err_r, &arguments);
}
#define ASK(l, arena, err_r, ...)                                                                  \
	ask_words(l, arena, err_r, (const char *const[]){ __VA_ARGS__ },                           \
	          sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

static struct str text_of(const redisReply *reply)
{
	bool is_text = reply != NULL && reply->str != NULL &&
	               (reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS);

	return is_text ? (struct str){ reply->str, reply->len } : STR("");
}

/* 0 where it is none. */
static int64_t number_of(const redisReply *reply)
{
	struct str text = text_of(reply);
	bool negative = text.len > 0 && text.data[0] == '-';
	uint64_t value = 0;

	if (reply != NULL && reply->type == REDIS_REPLY_INTEGER)
		return reply->integer;
	str_to_uint(str_from_offset(text, negative), INT64_MAX, &value);
	return negative ? -(int64_t)value : (int64_t)value;
}

/* The key. */

static bool redis_key(struct lessons *lessons, const unsigned char *proposed,
                      unsigned char key_r[LEARN_KEY_BYTES], bool *exists_r, struct error *err_r)
{
	struct redis_lessons *l = (struct redis_lessons *)lessons;
	struct arena *arena = arena_new();
	struct redis_arguments set = lessons_redis_command(
		arena, (const char *const[]){ "SETNX", "assay:lesson:key" }, 2);
	redisReply *reply;
	bool ok = true;

	*exists_r = false;
	if (proposed != NULL) {
		store_redis_arguments_add(&set,
		                          (struct str){ (const char *)proposed, LEARN_KEY_BYTES });
		reply = lessons_redis_ask(l, err_r, &set);
		ok = reply != NULL;
		freeReplyObject(reply);
	}
	reply = ok ? ASK(l, arena, err_r, "GET", "assay:lesson:key") : NULL;
	ok = reply != NULL;
	*exists_r = ok && reply->type == REDIS_REPLY_STRING;
	if (*exists_r && reply->len == LEARN_KEY_BYTES)
		memcpy(key_r, reply->str, LEARN_KEY_BYTES);
	else if (*exists_r)
		ok = error_set(err_r, "%s: assay:lesson:key is damaged", lessons->name);
	freeReplyObject(reply);
	arena_free(arena);
	return ok && (!*exists_r || lessons->reader || lessons_redis_keep_key(l, key_r, err_r));
}

/* States. */

static const char state_script[] =
	"local function state_of(scope)\n"
	" local all = redis.call('HMGET', 'assay:lesson:state:' .. scope, 'generation', 'bytes',\n"
	"  '0 0', '0 1', '0 2', '1 0', '1 1', '1 2')\n"
	" for i = 1, 8 do all[i] = all[i] or '0' end\n"
	" all[9] = scope\n"
	" return all\n"
	"end\n"
	"if ARGV[1] == 'one' then return { state_of(ARGV[2]) } end\n"
	"local scopes = redis.call('SMEMBERS', 'assay:lesson:scopes')\n"
	"table.sort(scopes)\n"
	"local answer = {}\n"
	"for _, scope in ipairs(scopes) do answer[#answer + 1] = state_of(scope) end\n"
	"return answer\n";
#define STATE_ELEMENTS 9

static bool is_state(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_ARRAY && reply->elements == STATE_ELEMENTS;
}

static uint64_t count_of(const redisReply *reply, enum learn_label label, unsigned source)
{
	int64_t count = number_of(reply->element[2 + LESSON_SOURCES * (unsigned)label + source]);

	return count > 0 ? (uint64_t)count : 0;
}

static struct lessons_state state_of(const redisReply *reply)
{
	struct lessons_state state = {
		.generation = (uint64_t)number_of(reply->element[0]),
		.bytes = number_of(reply->element[1]),
	};

	for (unsigned label = 0; label < LEARN_LABELS; label++)
		for (unsigned source = 0; source < LESSON_SOURCES; source++)
			state.count[label] += count_of(reply, (enum learn_label)label, source);
	return state;
}

static redisReply *ask_states(struct redis_lessons *l, struct arena *arena, const char *scope,
                              struct error *err_r)
{
	redisReply *reply = ASK(l, arena, err_r, "EVAL", state_script, "0",
	                        scope != NULL ? "one" : "all", scope != NULL ? scope : "");
	bool ok = reply == NULL || reply->type == REDIS_REPLY_ARRAY;

	for (size_t i = 0; reply != NULL && ok && i < reply->elements; i++)
		ok = is_state(reply->element[i]);
	if (ok && (reply == NULL || scope == NULL || reply->elements == 1))
		return reply;
	error_set(err_r, "%s: gives an answer that is none", l->lessons.name);
	freeReplyObject(reply);
	return NULL;
}

bool lessons_redis_read_state(struct lessons *lessons, const char *scope,
                              struct lessons_state *state_r, struct error *err_r)
{
	struct redis_lessons *l = (struct redis_lessons *)lessons;
	struct arena *arena = arena_new();
	redisReply *reply = ask_states(l, arena, scope, err_r);

	*state_r = (struct lessons_state){ 0 };
	if (reply != NULL)
		*state_r = state_of(reply->element[0]);
	freeReplyObject(reply);
	arena_free(arena);
	return reply != NULL;
}

static bool redis_read_scopes(struct lessons *lessons, lessons_visit_scope *visit, void *context,
                              struct error *err_r)
{
	struct redis_lessons *l = (struct redis_lessons *)lessons;
	struct arena *arena = arena_new();
	redisReply *reply = ask_states(l, arena, NULL, err_r);
	bool ok = reply != NULL;

	for (size_t i = 0; ok && i < reply->elements; i++) {
		struct lessons_state state = state_of(reply->element[i]);
		struct str name = text_of(reply->element[i]->element[STATE_ELEMENTS - 1]);

		if (state.count[LEARN_HAM] + state.count[LEARN_SPAM] > 0 &&
		    !visit(arena_cstr(arena, name), &state, context))
			break;
	}
	freeReplyObject(reply);
	arena_free(arena);
	return ok;
}

/* Rows. */

/* "1700000000000-5" */
static bool read_position(struct str text, struct lessons_position *at_r)
{
	struct str major;

	return str_next_piece(&text, '-', &major) && text.data != NULL &&
	       str_to_uint(major, UINT64_MAX, &at_r->major) &&
	       str_to_uint(text, UINT64_MAX, &at_r->minor);
}

static void set_member(struct lessons_found *found, char name, const redisReply *value,
                       uint64_t *checksum)
{
	struct lesson_row *row = &found->row;
	struct str text = text_of(value);

	if (name == 'm' && lesson_row_is_message(text))
		memcpy(row->message, text.data, text.len);
	else if (name == 'l')
		row->label = (enum learn_label)number_of(value);
	else if (name == 's')
		row->source = (enum lesson_source)number_of(value);
	else if (name == 't')
		row->time_us = number_of(value);
	else if (name == 'o')
		row->log_odds = (int32_t)number_of(value);
	else if (name == 'v')
		row->version = (unsigned)number_of(value);
	else if (name == 'f')
		row->features = text;
	else if (name == 'c')
		str_to_uint(text, UINT64_MAX, checksum);
}

/* An entry of a stream: its id, and names and values one after another. */
static struct lessons_found read_row(const redisReply *entry)
{
	struct lessons_found found = { .damaged = true };
	const redisReply *members;
	uint64_t checksum = 0;

	if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 ||
	    !read_position(text_of(entry->element[0]), &found.at))
		return found;
	members = entry->element[1];
	for (size_t i = 0; members->type == REDIS_REPLY_ARRAY && i + 1 < members->elements; i += 2)
		if (text_of(members->element[i]).len == 1)
			set_member(&found, members->element[i]->str[0], members->element[i + 1],
			           &checksum);
	found.damaged = (unsigned)found.row.label >= LEARN_LABELS ||
	                (unsigned)found.row.source >= LESSON_SOURCES ||
	                found.row.message[0] == '\0' || checksum != lesson_row_checksum(&found.row);
	return found;
}

bool lessons_redis_read(struct lessons *lessons, const char *scope, struct lessons_position from,
                        lessons_visit *visit, void *context, struct error *err_r)
{
	struct redis_lessons *l = (struct redis_lessons *)lessons;
	bool more = true;
	char start[48];

	snprintf(start, sizeof(start), "%" PRIu64 "-%" PRIu64, from.major, from.minor);
	while (more) {
		struct arena *arena = arena_new();
		redisReply *reply = ASK(l, arena, err_r, "XRANGE",
		                        lessons_redis_key_name(arena, "rows", scope).data, start,
		                        "+", "COUNT", PAGE_TEXT);

		arena_free(arena);
		if (reply == NULL)
			return false;
		more = reply->type == REDIS_REPLY_ARRAY && reply->elements == PAGE;
		for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
			struct lessons_found found = read_row(reply->element[i]);

			snprintf(start, sizeof(start), "(%" PRIu64 "-%" PRIu64, found.at.major,
			         found.at.minor);
			if (!visit(&found, context)) {
				more = false;
				break;
			}
		}
		freeReplyObject(reply);
	}
	return true;
}

static bool redis_read_newest(struct lessons *lessons, const char *scope, size_t count,
                              lessons_visit *visit, void *context, struct error *err_r)
{
	struct redis_lessons *l = (struct redis_lessons *)lessons;
	struct arena *arena = arena_new();
	redisReply *reply =
		ASK(l, arena, err_r, "XREVRANGE", lessons_redis_key_name(arena, "rows", scope).data,
	            "+", "-", "COUNT", arena_printf(arena, "%zu", count).data);
	bool ok = reply != NULL;

	for (size_t i = 0; ok && reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
		struct lessons_found found = read_row(reply->element[i]);

		if (!visit(&found, context))
			break;
	}
	freeReplyObject(reply);
	arena_free(arena);
	return ok;
}

static bool note_time(const struct lessons_found *found, void *context)
{
	*(int64_t *)context = found->row.time_us;
	return false;
}

static bool redis_read_counts(struct lessons *lessons, const char *scope,
                              struct lessons_counts *counts_r, struct error *err_r)
{
	struct redis_lessons *l = (struct redis_lessons *)lessons;
	struct lessons_position first = { 0, 1 };
	struct arena *arena = arena_new();
	redisReply *reply = ask_states(l, arena, scope, err_r);
	bool ok = reply != NULL;

	*counts_r = (struct lessons_counts){ 0 };
	for (unsigned label = 0; ok && label < LEARN_LABELS; label++)
		for (unsigned source = 0; source < LESSON_SOURCES; source++)
			counts_r->by_source[label][source] =
				count_of(reply->element[0], (enum learn_label)label, source);
	freeReplyObject(reply);
	arena_free(arena);
	return ok &&
	       lessons_redis_read(lessons, scope, first, note_time, &counts_r->oldest_us, err_r) &&
	       redis_read_newest(lessons, scope, 1, note_time, &counts_r->newest_us, err_r);
}

/* [[name, [[id, …], …]]]: the id of the newest of the entries. */
static struct str newest_change(const redisReply *reply)
{
	const redisReply *entries;

	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 1 ||
	    reply->element[0]->type != REDIS_REPLY_ARRAY || reply->element[0]->elements != 2)
		return STR("");
	entries = reply->element[0]->element[1];
	if (entries->type != REDIS_REPLY_ARRAY || entries->elements == 0 ||
	    entries->element[entries->elements - 1]->type != REDIS_REPLY_ARRAY ||
	    entries->element[entries->elements - 1]->elements == 0)
		return STR("");
	return text_of(entries->element[entries->elements - 1]->element[0]);
}

static bool redis_wait(struct lessons *lessons, int timeout_ms)
{
	struct redis_lessons *l = (struct redis_lessons *)lessons;
	struct arena *arena = arena_new();
	struct error ignored;
	redisReply *reply;
	struct str newest;

	/* 0 would be for ever. */
	reply = ASK(l, arena, &ignored, "XREAD", "BLOCK",
	            arena_printf(arena, "%d", timeout_ms > 0 ? timeout_ms : 1).data, "STREAMS",
	            "assay:lesson:changes", l->seen);
	arena_free(arena);
	/* Who then reads is told why that fails. */
	if (reply == NULL)
		return true;
	newest = newest_change(reply);
	if (newest.len > 0)
		snprintf(l->seen, sizeof(l->seen), "%.*s", STR_FMT(newest));
	freeReplyObject(reply);
	return newest.len > 0;
}

/* Opening. */

static bool redis_knows(const char *uri)
{
	return redis_uri_is(str_from(uri));
}

static void redis_close(struct lessons *lessons)
{
	struct redis_lessons *l = (struct redis_lessons *)lessons;

	if (l->held != NULL)
		lessons_sqlite.close(l->held);
	redis_client_free(l->store.redis);
	arena_free(l->store.place);
	arena_free(l->store.arena);
	free(l->lessons.snapshot_prefix);
	free(l->lessons.name);
	free(l);
}

/* Beside the records' journal. */
static char *snapshot_prefix(struct redis_lessons *l)
{
	const struct redis_option *option;
	struct str path = STR(DEFAULT_JOURNAL);

	vec_foreach (&l->store.uri.options, option)
		if (str_eq(option->name, STR("journal")))
			path = option->value;
	return memory_strdup(arena_printf(l->store.arena, "%.*s.lessons", STR_FMT(path)).data);
}

static struct lessons *redis_open(const char *uri, bool reader, struct error *err_r)
{
	struct redis_lessons *l = memory_calloc(1, sizeof(*l));
	struct redis_store *s = &l->store;

	l->lessons.backend = &lessons_redis;
	l->lessons.reader = s->reader = reader;
	s->has_lessons = true;
	s->arena = arena_new();
	s->place = arena_new();
	snprintf(l->seen, sizeof(l->seen), "0-0");
	if (redis_uri_parse(s->arena, str_from(uri), &s->uri, err_r)) {
		s->at = s->uri;
		l->lessons.name = memory_strdup(s->uri.where);
		l->lessons.snapshot_prefix = snapshot_prefix(l);
		if (!store_redis_connect(s))
			*err_r = s->error;
		else if (reader || lessons_redis_teach_again(l, err_r))
			return &l->lessons;
	}
	redis_close(&l->lessons);
	return NULL;
}

static const char *redis_doubt(struct lessons *lessons)
{
	return store_redis_doubt(&((struct redis_lessons *)lessons)->store.store);
}

const struct lessons_backend lessons_redis = {
	.knows = redis_knows,
	.check = store_check_uri,
	.open = redis_open,
	.close = redis_close,
	.key = redis_key,
	.take_key = lessons_redis_take_key,
	.add = lessons_redis_add,
	.forget = lessons_redis_forget,
	.set_aside = lessons_redis_set_aside,
	.expire = lessons_redis_expire,
	.read_state = lessons_redis_read_state,
	.read_scopes = redis_read_scopes,
	.read_counts = redis_read_counts,
	.read = lessons_redis_read,
	.read_newest = redis_read_newest,
	.wait = redis_wait,
	.doubt = redis_doubt,
};
