/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * In the Redis of the records, shared by all hosts:
 *
 *	assay:people:scopes		set of the scopes that have lists
 *	assay:people:list:SCOPE		hash: pattern → "w" welcome, "u" so without authentication,
 *					"b" block
 *	assay:people:globs:SCOPE	the same for patterns with * or ?
 *	assay:people:contact:ADDRESS	hash: "n SCOPE" → how often, "t SCOPE" → when last
 *	assay:people:thread:DIGEST	hash: scope → when
 *	assay:people:sender:SCOPE IDENTITY	hash: mean, count, last
 *
 * What is learned is one script, and Redis itself forgets it in time.
 */
#include "store/people_redis.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "base/redis_sentinel.h"
#include "store/digest.h"

#define KEY_CONTACT "assay:people:contact:"
#define KEY_THREAD  "assay:people:thread:"
#define KEY_SENDER  "assay:people:sender:"

/* How long a message waits for the server, and an administrator. */
#define READ_LIMIT_MS 250
#define EDIT_LIMIT_MS 3000
/* From a replica to its primary, and on. */
#define HOPS_MAX 3
/* How long what was learned is kept where nobody says. */
#define KEEP_S (365 * 86400)

/* For each lesson: kind, name, scope, score, window, time; first how long they are kept. */
static const char teach_script[] =
	"local keep = ARGV[1]\n"
	"for i = 2, #ARGV, 6 do\n"
	" local kind, name, scope = ARGV[i], ARGV[i + 1], ARGV[i + 2]\n"
	" local time = tonumber(ARGV[i + 5])\n"
	" if kind == '0' then\n"
	"  local key = '" KEY_CONTACT "' .. name\n"
	"  redis.call('HINCRBY', key, 'n ' .. scope, 1)\n"
	"  local last = tonumber(redis.call('HGET', key, 't ' .. scope) or '0')\n"
	"  if time > last then redis.call('HSET', key, 't ' .. scope, ARGV[i + 5]) end\n"
	"  redis.call('EXPIRE', key, keep)\n"
	" elseif kind == '1' then\n"
	"  local key = '" KEY_THREAD "' .. name\n"
	"  redis.call('HSET', key, scope, ARGV[i + 5])\n"
	"  redis.call('EXPIRE', key, keep)\n"
	" else\n"
	"  local key = '" KEY_SENDER "' .. scope .. ' ' .. name\n"
	"  local old = redis.call('HMGET', key, 'mean', 'count', 'last')\n"
	"  local score = tonumber(ARGV[i + 3])\n"
	"  local mean, count = tonumber(old[1] or score), tonumber(old[2] or '0')\n"
	"  local step = (score - mean) / math.min(count + 1, tonumber(ARGV[i + 4]))\n"
	"  if step < 0 then step = math.ceil(step) else step = math.floor(step) end\n"
	"  local last = math.max(tonumber(old[3] or '0'), time)\n"
	"  redis.call('HSET', key, 'mean', string.format('%d', mean + step),\n"
	"             'count', count + 1, 'last', string.format('%d', last))\n"
	"  local once = count == 0 and math.min(tonumber(keep), 2592000) or keep\n"
	"  redis.call('EXPIRE', key, once)\n"
	" end\n"
	"end\n"
	"return 1";

static bool redis_knows(const char *uri)
{
	return redis_uri_is(str_from(uri));
}

static bool redis_exist(const char *uri)
{
	(void)uri;
	return true;
}

static void redis_close(struct people_store *store)
{
	struct people_redis *s = (struct people_redis *)store;

	redis_client_free(s->client);
	arena_free(s->arena);
	free(s);
}

/* False with what the server said, or where it said nothing. */
static bool is_fine(const struct people_redis *s, const redisReply *reply, struct error *err_r)
{
	if (reply == NULL)
		return false;
	return reply->type != REDIS_REPLY_ERROR ||
	       error_set(err_r, "%s: %s", s->uri.where, reply->str);
}

/* Where the server is a replica: its primary's address. */
static bool find_primary(struct people_redis *s, bool *moved_r, struct error *err_r)
{
	redisReply *reply = redis_client_ask(s->client, err_r, "ROLE");
	bool ok = reply != NULL;

	*moved_r = false;
	if (ok && reply->type == REDIS_REPLY_ARRAY && reply->elements >= 3 &&
	    reply->element[0]->str != NULL && strcmp(reply->element[0]->str, "slave") == 0 &&
	    reply->element[1]->type == REDIS_REPLY_STRING &&
	    reply->element[2]->type == REDIS_REPLY_INTEGER) {
		s->uri = redis_uri_at(s->arena, &s->uri,
		                      arena_cstr(s->arena, str_from(reply->element[1]->str)),
		                      (int)reply->element[2]->integer);
		*moved_r = true;
	}
	freeReplyObject(reply);
	return ok;
}

static bool reads(enum people_access access)
{
	return access == PEOPLE_PEEK || access == PEOPLE_READ;
}

static bool connect_to(struct people_redis *s, enum people_access access, struct error *err_r)
{
	int limit_ms = reads(access) ? READ_LIMIT_MS : EDIT_LIMIT_MS;
	struct redis_limits limits = { limit_ms, limit_ms };
	bool moved = true;

	if (!redis_sentinel_find(s->arena, &s->uri, limits, &s->uri, err_r))
		return false;
	for (int hops = 0; moved && hops < HOPS_MAX; hops++) {
		redis_client_free(s->client);
		s->client = redis_client_connect(&s->uri, limits, err_r);
		if (s->client == NULL)
			return false;
		if (reads(access))
			return true;
		if (!find_primary(s, &moved, err_r))
			return false;
	}
	return !moved || error_set(err_r, "%s: no primary is found", s->uri.where);
}

static struct people_store *redis_open(const char *uri, enum people_access access,
                                       struct error *err_r)
{
	struct people_redis *s = memory_calloc(1, sizeof(*s));

	s->store.backend = &people_redis;
	s->arena = arena_new();
	s->keep_s = KEEP_S;
	if (redis_uri_parse(s->arena, arena_str(s->arena, str_from(uri)), &s->uri, err_r) &&
	    connect_to(s, access, err_r))
		return &s->store;
	redis_close(&s->store);
	return NULL;
}

void people_redis_add(struct people_redis_command *command, struct str word)
{
	vec_push(command->arena, &command->texts, word.len > 0 ? word.data : "");
	vec_push(command->arena, &command->lengths, word.len);
}

struct people_redis_command people_redis_command(struct arena *arena, const char *command,
                                                 const char *prefix, struct str name)
{
	struct people_redis_command words = { .arena = arena };

	people_redis_add(&words, str_from(command));
	people_redis_add(&words, arena_printf(arena, "%s%.*s", prefix, STR_FMT(name)));
	return words;
}

static void queue(struct people_redis *s, const struct people_redis_command *command)
{
	redis_client_queue(s->client, command->texts.len, command->texts.items,
	                   command->lengths.items);
}

/* The answer, to be freed; NULL with the reason. */
redisReply *people_redis_ask(struct people_redis *s, const struct people_redis_command *command,
                             struct error *err_r)
{
	redisReply *reply = redis_client_ask_argv(
		s->client, command->texts.len, command->texts.items, command->lengths.items, err_r);

	if (is_fine(s, reply, err_r))
		return reply;
	freeReplyObject(reply);
	return NULL;
}

struct str people_redis_text(struct arena *arena, const redisReply *reply)
{
	if (reply->type != REDIS_REPLY_STRING)
		return STR("");
	return arena_str(arena, (struct str){ reply->str, reply->len });
}

bool people_redis_run(struct people_redis *s, const struct people_redis_command *command,
                      struct error *err_r)
{
	redisReply *reply = people_redis_ask(s, command, err_r);

	freeReplyObject(reply);
	return reply != NULL;
}

static int64_t number_of(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_STRING ? strtoll(reply->str, NULL, 10) : 0;
}

/* Reading: all is asked at once, in one piece, and answered in this order. */

static void ask_lists(struct people_redis *s, struct arena *arena,
                      const struct people_question *question)
{
	for (size_t i = 0; i < question->scopes.len; i++) {
		struct str scope = question->scopes.items[i];
		struct people_redis_command exact =
			people_redis_command(arena, "HMGET", PEOPLE_REDIS_LIST, scope);
		struct people_redis_command globs =
			people_redis_command(arena, "HGETALL", PEOPLE_REDIS_GLOBS, scope);

		for (size_t k = 0; k < question->patterns.len; k++)
			people_redis_add(&exact, question->patterns.items[k]);
		if (question->patterns.len > 0)
			queue(s, &exact);
		queue(s, &globs);
	}
}

static void ask_rest(struct people_redis *s, struct arena *arena,
                     const struct people_question *question)
{
	struct people_redis_command contact =
		people_redis_command(arena, "HGETALL", KEY_CONTACT, question->author);

	if (question->author.len > 0)
		queue(s, &contact);
	for (size_t i = 0; i < question->threads.len; i++) {
		struct str digest = digest_text(arena, question->threads.items[i]);
		struct people_redis_command thread =
			people_redis_command(arena, "HKEYS", KEY_THREAD, digest);

		queue(s, &thread);
	}
	for (size_t i = 0; i < question->identities.len; i++) {
		struct str name = arena_printf(arena, "%.*s %.*s", STR_FMT(question->history_scope),
		                               STR_FMT(question->identities.items[i]));
		struct people_redis_command sender =
			people_redis_command(arena, "HMGET", KEY_SENDER, name);

		people_redis_add(&sender, STR("mean"));
		people_redis_add(&sender, STR("count"));
		people_redis_add(&sender, STR("last"));
		queue(s, &sender);
	}
}

/* The next answer, an array; NULL with the reason. */
static redisReply *receive(struct people_redis *s, struct deadline deadline, struct error *err_r)
{
	redisReply *reply;

	if (deadline_passed(deadline)) {
		error_set(err_r, "%s: no answer in time", s->uri.where);
		return NULL;
	}
	reply = redis_client_receive(s->client, err_r);
	if (is_fine(s, reply, err_r))
		return reply;
	freeReplyObject(reply);
	return NULL;
}

static bool receive_lists(struct people_redis *s, struct arena *arena,
                          const struct people_question *question, struct deadline deadline,
                          struct people_answer *answer, struct error *err_r)
{
	for (size_t i = 0; i < question->scopes.len; i++) {
		struct str scope = question->scopes.items[i];
		redisReply *reply;

		if (question->patterns.len > 0) {
			reply = receive(s, deadline, err_r);
			if (reply == NULL)
				return false;
			people_redis_take_values(arena, scope, &question->patterns, reply,
			                         &answer->entries);
			freeReplyObject(reply);
		}
		reply = receive(s, deadline, err_r);
		if (reply == NULL)
			return false;
		people_redis_take_hash(arena, scope, reply, &answer->entries);
		freeReplyObject(reply);
	}
	return true;
}

static struct people_contact *contact_of(struct arena *arena, struct people_answer *answer,
                                         struct str scope)
{
	struct people_contact *contact;

	for (size_t i = 0; i < answer->contacts.len; i++)
		if (str_eq(answer->contacts.items[i].scope, scope))
			return &answer->contacts.items[i];
	contact = vec_add(arena, &answer->contacts);
	contact->scope = scope;
	return contact;
}

static void take_contacts(struct arena *arena, const redisReply *reply,
                          struct people_answer *answer)
{
	for (size_t i = 0; i + 1 < reply->elements; i += 2) {
		struct str name = people_redis_text(arena, reply->element[i]);
		struct people_contact *contact;

		if (name.len < 2)
			continue;
		contact = contact_of(arena, answer, str_from_offset(name, 2));
		if (name.data[0] == 'n')
			contact->count = number_of(reply->element[i + 1]);
		else
			contact->last_s = number_of(reply->element[i + 1]);
	}
}

static void take_history(struct arena *arena, const redisReply *reply, struct str identity,
                         struct people_answer *answer)
{
	if (reply->elements != 3 || reply->element[0]->type != REDIS_REPLY_STRING)
		return;
	vec_push(arena, &answer->histories,
	         ((struct people_history){ identity, (int32_t)number_of(reply->element[0]),
	                                   number_of(reply->element[1]),
	                                   number_of(reply->element[2]) }));
}

static bool receive_rest(struct people_redis *s, struct arena *arena,
                         const struct people_question *question, struct deadline deadline,
                         struct people_answer *answer, struct error *err_r)
{
	redisReply *reply;

	if (question->author.len > 0) {
		reply = receive(s, deadline, err_r);
		if (reply == NULL)
			return false;
		take_contacts(arena, reply, answer);
		freeReplyObject(reply);
	}
	for (size_t i = 0; i < question->threads.len; i++) {
		reply = receive(s, deadline, err_r);
		if (reply == NULL)
			return false;
		for (size_t k = 0; k < reply->elements; k++)
			vec_push(arena, &answer->threads,
			         people_redis_text(arena, reply->element[k]));
		freeReplyObject(reply);
	}
	for (size_t i = 0; i < question->identities.len; i++) {
		reply = receive(s, deadline, err_r);
		if (reply == NULL)
			return false;
		take_history(arena, reply, question->identities.items[i], answer);
		freeReplyObject(reply);
	}
	return true;
}

static bool redis_read(struct people_store *store, struct arena *arena,
                       const struct people_question *question, struct deadline deadline,
                       struct people_answer *answer_r, struct error *err_r)
{
	struct people_redis *s = (struct people_redis *)store;

	ask_lists(s, arena, question);
	ask_rest(s, arena, question);
	return receive_lists(s, arena, question, deadline, answer_r, err_r) &&
	       receive_rest(s, arena, question, deadline, answer_r, err_r);
}

/* Learning. */

static void add_number(struct people_redis_command *command, int64_t number)
{
	people_redis_add(command, arena_printf(command->arena, "%lld", (long long)number));
}

static bool redis_teach(struct people_store *store, const struct people_lesson *lessons,
                        size_t count, struct error *err_r)
{
	struct people_redis *s = (struct people_redis *)store;
	struct arena *arena = arena_new();
	struct people_redis_command command =
		people_redis_command(arena, "EVAL", teach_script, STR(""));
	bool ok;

	people_redis_add(&command, STR("0"));
	add_number(&command, s->keep_s);
	for (size_t i = 0; i < count; i++) {
		const struct people_lesson *lesson = &lessons[i];

		add_number(&command, lesson->kind);
		people_redis_add(&command, lesson->kind == PEOPLE_SENT
		                                   ? digest_text(arena, lesson->name)
		                                   : lesson->name);
		people_redis_add(&command, lesson->scope);
		add_number(&command, lesson->score);
		add_number(&command, lesson->window > 0 ? lesson->window : 1);
		add_number(&command, lesson->time_s);
	}
	ok = people_redis_run(s, &command, err_r);
	arena_free(arena);
	return ok;
}

/* Redis does it; this tells when. */
static bool redis_expire(struct people_store *store, int64_t before_s, bool *more_r,
                         struct error *err_r)
{
	struct people_redis *s = (struct people_redis *)store;
	int64_t keep_s = (int64_t)time(NULL) - before_s;

	(void)more_r;
	(void)err_r;
	s->keep_s = keep_s > 0 ? keep_s : 1;
	return true;
}

const struct people_backend people_redis = {
	.knows = redis_knows,
	.exist = redis_exist,
	.remote = true,
	.open = redis_open,
	.close = redis_close,
	.read = redis_read,
	.teach = redis_teach,
	.enter = people_redis_enter,
	.remove = people_redis_remove,
	.show = people_redis_show,
	.expire = redis_expire,
};
