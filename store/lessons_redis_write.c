/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Adding lessons to Redis and taking them out. What becomes of a row is decided here, by what the
 * server had of its message; the script does it only if that is still so. A command is acknowledged
 * once the server has it on its disk, as far as it can tell.
 */
#include <hiredis/hiredis.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "store/lessons_redis.h"

/* How often others may be faster. */
#define TRIES 20
/* Messages that are taken out in one script. */
#define REMOVE_MAX 100

/* What the scripts share; ARGV[1] is the scope, ARGV[2] the generation that removals make. A count
 * that somebody spoiled begins anew: an error would leave a script half done. */
#define SCRIPT_START                                                                               \
	"local scope, generation = ARGV[1], ARGV[2]\n"                                             \
	"local rows = 'assay:lesson:rows:' .. scope\n"                                             \
	"local ids = 'assay:lesson:ids:' .. scope\n"                                               \
	"local state = 'assay:lesson:state:' .. scope\n"                                           \
	"local function add(field, by)\n"                                                          \
	" if type(redis.pcall('HINCRBY', state, field, by)) == 'table' then\n"                     \
	"  redis.call('HSET', state, field, math.max(by, 0))\n"                                    \
	" end\n"                                                                                   \
	"end\n"                                                                                    \
	"local function count(label, source, bytes, by)\n"                                         \
	" add(label .. ' ' .. source, by)\n"                                                       \
	" add('bytes', by * bytes)\n"                                                              \
	"end\n"                                                                                    \
	"local function remove(message, was)\n"                                                    \
	" local id, label, source, odds, bytes =\n"                                                \
	"  string.match(was, '^(%S+) (%S+) (%S+) (%S+) (%S+)$')\n"                                 \
	" redis.call('XDEL', rows, id)\n"                                                          \
	" redis.call('HDEL', ids, message)\n"                                                      \
	" redis.call('HSET', state, 'generation', generation)\n"                                   \
	" count(label, source, bytes, -1)\n"                                                       \
	"end\n"                                                                                    \
	"local function tell()\n"                                                                  \
	" redis.call('XADD', 'assay:lesson:changes', 'MAXLEN', '~', 100, '*', 's', scope)\n"       \
	"end\n"

/* For each row: what is there of its message, and its members. */
#define ROW_ARGUMENTS "9"
static const char add_script[] = SCRIPT_START
	"for i = 3, #ARGV, " ROW_ARGUMENTS " do\n"
	" if (redis.call('HGET', ids, ARGV[i + 1]) or '') ~= ARGV[i] then return 0 end\n"
	"end\n"
	"redis.call('HSETNX', state, 'generation', generation)\n"
	"redis.call('SADD', 'assay:lesson:scopes', scope)\n"
	"for i = 3, #ARGV, " ROW_ARGUMENTS " do\n"
	" local message, label, source, odds = ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 5]\n"
	" if ARGV[i] ~= '' then remove(message, ARGV[i]) end\n"
	" local id = redis.call('XADD', rows, '*', 'm', message, 'l', label, 's', source,\n"
	"  't', ARGV[i + 4], 'o', odds, 'v', ARGV[i + 6], 'f', ARGV[i + 7], 'c', ARGV[i + 8])\n"
	" redis.call('HSET', ids, message,\n"
	"  id .. ' ' .. label .. ' ' .. source .. ' ' .. odds .. ' ' .. #ARGV[i + 7])\n"
	" count(label, source, #ARGV[i + 7], 1)\n"
	"end\n"
	"tell()\n"
	"return 1\n";

/* The messages; gives how many were there. */
static const char remove_script[] = SCRIPT_START "local found = 0\n"
						 "for i = 3, #ARGV do\n"
						 " local was = redis.call('HGET', ids, ARGV[i])\n"
						 " if was then\n"
						 "  remove(ARGV[i], was)\n"
						 "  found = found + 1\n"
						 " end\n"
						 "end\n"
						 "if found > 0 then tell() end\n"
						 "return found\n";

/* The id of a row; its message may be what is damaged. */
static const char aside_script[] = SCRIPT_START
	"local found = redis.call('XRANGE', rows, ARGV[3], ARGV[3])\n"
	"if #found == 0 then return 0 end\n"
	"redis.call('XADD', 'assay:lesson:damaged', '*', 'scope', scope, unpack(found[1][2]))\n"
	"redis.call('XDEL', rows, ARGV[3])\n"
	"redis.call('HSET', state, 'generation', generation)\n"
	"local all = redis.call('HGETALL', ids)\n"
	"for i = 1, #all, 2 do\n"
	" if string.sub(all[i + 1], 1, #ARGV[3] + 1) == ARGV[3] .. ' ' then\n"
	"  remove(all[i], all[i + 1])\n"
	" end\n"
	"end\n"
	"tell()\n"
	"return 1\n";

/* Where no scope has rows. */
static const char key_script[] =
	"for _, scope in ipairs(redis.call('SMEMBERS', 'assay:lesson:scopes')) do\n"
	" if redis.call('HLEN', 'assay:lesson:ids:' .. scope) > 0 then return 0 end\n"
	"end\n"
	"redis.call('SET', 'assay:lesson:key', ARGV[3])\n"
	"return 1\n";

static struct redis_arguments begin_script(struct arena *arena, const char *script,
                                           const char *scope)
{
	struct redis_arguments arguments = { .arena = arena };
	uint64_t generation = 1;

	/* Another one than before, and positive. */
	if (getrandom(&generation, sizeof(generation), 0) != sizeof(generation))
		generation = (uint64_t)clock_monotonic_ns();
	store_redis_arguments_add(&arguments, STR("EVAL"));
	store_redis_arguments_add(&arguments, str_from(script));
	store_redis_arguments_add(&arguments, STR("0"));
	store_redis_arguments_add(&arguments, str_from(scope));
	store_redis_arguments_add(&arguments,
	                          arena_printf(arena, "%" PRIu64, (generation >> 2) + 1));
	return arguments;
}

/* False with the reason; else the script's number. */
static bool run_script(struct redis_lessons *l, const struct redis_arguments *arguments,
                       int64_t *number_r, struct error *err_r)
{
	redisReply *reply = lessons_redis_ask(l, err_r, arguments);
	bool ok = reply != NULL;

	*number_r = 0;
	if (ok && reply->type != REDIS_REPLY_INTEGER)
		ok = error_set(err_r, "%s: gives an answer that is none", l->lessons.name);
	if (ok)
		*number_r = reply->integer;
	freeReplyObject(reply);
	return ok;
}

/* What it took is on its disk: asked, where it can tell; where it can't, that is its doubt, which
 * is said. */
static bool confirm(struct redis_lessons *l, struct error *err_r)
{
	struct redis_store *s = &l->store;

	if (store_redis_is_sound(s) || lessons_redis_holds(l) || store_redis_is_confirmed(s))
		return true;
	return error_set(err_r,
	                 "%s: does not confirm that it is on its disk, or a replica's; try again",
	                 l->lessons.name);
}

/* "ID LABEL SOURCE ODDS BYTES"; false where it is none. */
static bool read_known(struct str text, struct lesson_row *row_r)
{
	char copy[100];
	unsigned label, source;
	int odds;

	if (text.len == 0 || text.len >= sizeof(copy))
		return false;
	snprintf(copy, sizeof(copy), "%.*s", STR_FMT(text));
	if (sscanf(copy, "%*s %u %u %d", &label, &source, &odds) != 3 || label >= LEARN_LABELS ||
	    source >= LESSON_SOURCES)
		return false;
	*row_r = (struct lesson_row){ .label = (enum learn_label)label,
		                      .source = (enum lesson_source)source,
		                      .log_odds = odds };
	return true;
}

static void add_arguments(struct redis_arguments *arguments, const struct lesson_row *row,
                          struct str known)
{
	struct arena *arena = arguments->arena;
	const struct str texts[] = {
		known,
		arena_str(arena, str_from(row->message)),
		arena_printf(arena, "%d", (int)row->label),
		arena_printf(arena, "%d", (int)row->source),
		arena_printf(arena, "%" PRId64, row->time_us),
		arena_printf(arena, "%" PRId32, row->log_odds),
		arena_printf(arena, "%u", row->version),
		row->features,
		arena_printf(arena, "%" PRIu64, lesson_row_checksum(row)),
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		store_redis_arguments_add(arguments, texts[i]);
}

static redisReply *ask_known(struct redis_lessons *l, struct arena *arena, const char *scope,
                             const struct lesson_row *rows, size_t count, struct error *err_r)
{
	const char *const words[] = { "HMGET", lessons_redis_key_name(arena, "ids", scope).data };
	struct redis_arguments arguments = lessons_redis_command(arena, words, 2);
	redisReply *reply;

	for (size_t i = 0; i < count; i++)
		store_redis_arguments_add(&arguments, str_from(rows[i].message));
	reply = lessons_redis_ask(l, err_r, &arguments);
	if (reply == NULL || (reply->type == REDIS_REPLY_ARRAY && reply->elements == count))
		return reply;
	error_set(err_r, "%s: gives an answer that is none", l->lessons.name);
	freeReplyObject(reply);
	return NULL;
}

/* One try for rows with different messages. *done_r: nobody else was faster. */
static bool try_rows(struct redis_lessons *l, const char *scope, struct lesson_row *rows,
                     size_t count, enum lesson_outcome *outcomes_r, bool *done_r,
                     struct error *err_r)
{
	struct arena *arena = arena_new();
	struct redis_arguments arguments = begin_script(arena, add_script, scope);
	size_t before = arguments.texts.len;
	redisReply *known = ask_known(l, arena, scope, rows, count, err_r);
	int64_t number = 1;
	bool ok = known != NULL;

	for (size_t i = 0; ok && i < count; i++) {
		const redisReply *one = known->element[i];
		struct str text = one->type == REDIS_REPLY_STRING
		                          ? (struct str){ one->str, one->len }
		                          : STR("");
		struct lesson_row old;
		bool is_known = read_known(text, &old);

		outcomes_r[i] = lesson_row_merge(is_known ? &old : NULL, &rows[i]);
		if (outcomes_r[i] == LESSON_LEARNED || outcomes_r[i] == LESSON_CHANGED)
			add_arguments(&arguments, &rows[i], text);
	}
	if (ok && arguments.texts.len > before)
		ok = run_script(l, &arguments, &number, err_r);
	*done_r = ok && number == 1;
	freeReplyObject(known);
	arena_free(arena);
	return ok;
}

/* How many of the rows have different messages. */
static size_t different(const struct lesson_row *rows, size_t count)
{
	for (size_t i = 1; i < count; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(rows[i].message, rows[j].message) == 0)
				return i;
	return count;
}

static bool add_different(struct redis_lessons *l, const char *scope, struct lesson_row *rows,
                          size_t count, enum lesson_outcome *outcomes_r, struct error *err_r)
{
	bool done = false;

	for (int i = 0; i < TRIES && !done; i++)
		if (!try_rows(l, scope, rows, count, outcomes_r, &done, err_r))
			return false;
	return done || error_set(err_r, "%s: others change the same lessons", l->lessons.name);
}

bool lessons_redis_send(struct redis_lessons *l, const char *scope, struct lesson_row *rows,
                        size_t count, enum lesson_outcome *outcomes_r, struct error *err_r)
{
	while (count > 0) {
		size_t some = different(rows, count);

		if (!add_different(l, scope, rows, some, outcomes_r, err_r))
			return false;
		rows += some;
		outcomes_r += some;
		count -= some;
	}
	return true;
}

bool lessons_redis_add(struct lessons *lessons, const char *scope, struct lesson_row *rows,
                       size_t count, enum lesson_outcome *outcomes_r, struct error *err_r)
{
	struct redis_lessons *l = (struct redis_lessons *)lessons;

	return lessons_redis_hold(l, scope, rows, count, err_r) &&
	       lessons_redis_send(l, scope, rows, count, outcomes_r, err_r) && confirm(l, err_r);
}

static bool remove_messages(struct redis_lessons *l, const char *scope,
                            const struct str_list *messages, int64_t *found_r, struct error *err_r)
{
	struct arena *arena = arena_new();
	struct redis_arguments arguments = begin_script(arena, remove_script, scope);
	const struct str *message;
	bool ok;

	vec_foreach (messages, message) {
		store_redis_arguments_add(&arguments, *message);
		lessons_redis_let_go(l, scope, arena_cstr(arena, *message));
	}
	ok = run_script(l, &arguments, found_r, err_r) && confirm(l, err_r);
	arena_free(arena);
	return ok;
}

bool lessons_redis_forget(struct lessons *lessons, const char *scope, const char *message,
                          bool *found_r, struct error *err_r)
{
	struct str one = str_from(message);
	struct str_list messages = { .items = &one, .len = 1, .cap = 1 };
	int64_t found;
	bool ok = remove_messages((struct redis_lessons *)lessons, scope, &messages, &found, err_r);

	*found_r = found > 0;
	return ok;
}

bool lessons_redis_set_aside(struct lessons *lessons, const char *scope, struct lessons_position at,
                             struct error *err_r)
{
	struct arena *arena = arena_new();
	struct redis_arguments arguments = begin_script(arena, aside_script, scope);
	int64_t found;
	bool ok;

	store_redis_arguments_add(&arguments,
	                          arena_printf(arena, "%" PRIu64 "-%" PRIu64, at.major, at.minor));
	ok = run_script((struct redis_lessons *)lessons, &arguments, &found, err_r);
	arena_free(arena);
	return ok;
}

/* The messages that have to go next. */
struct oldest {
	struct arena *arena;
	struct str_list messages;
	int64_t since_us, bytes, low; /* what is left, and may be left */
};

static bool add_old(const struct lessons_found *found, void *context)
{
	struct oldest *oldest = context;

	/* A damaged one is set aside by whoever learns it. */
	if (found->damaged)
		return true;
	if ((found->row.time_us >= oldest->since_us && oldest->bytes <= oldest->low) ||
	    oldest->messages.len == REMOVE_MAX)
		return false;
	oldest->bytes -= (int64_t)found->row.features.len;
	vec_push(oldest->arena, &oldest->messages,
	         arena_str(oldest->arena, str_from(found->row.message)));
	return true;
}

bool lessons_redis_expire(struct lessons *lessons, const char *scope,
                          const struct lessons_limits *limits, size_t *dropped_r,
                          struct error *err_r)
{
	const struct lessons_position first = { 0, 1 };
	struct oldest oldest = { .since_us = limits->since_us, .low = INT64_MAX };
	struct lessons_state state;
	bool ok = lessons_redis_read_state(lessons, scope, &state, err_r), more = ok;

	*dropped_r = 0;
	oldest.bytes = state.bytes;
	if (limits->max_bytes > 0 && state.bytes > limits->max_bytes)
		oldest.low = lessons_low_water(limits->max_bytes);
	while (ok && more) {
		int64_t found = 0;

		oldest.arena = arena_new();
		oldest.messages = (struct str_list){ 0 };
		ok = lessons_redis_read(lessons, scope, first, add_old, &oldest, err_r);
		if (ok && oldest.messages.len > 0)
			ok = remove_messages((struct redis_lessons *)lessons, scope,
			                     &oldest.messages, &found, err_r);
		*dropped_r += (size_t)found;
		more = oldest.messages.len == REMOVE_MAX;
		arena_free(oldest.arena);
	}
	return ok;
}

bool lessons_redis_take_key(struct lessons *lessons, const unsigned char key[LEARN_KEY_BYTES],
                            struct error *err_r)
{
	struct redis_lessons *l = (struct redis_lessons *)lessons;
	struct arena *arena = arena_new();
	struct redis_arguments arguments = begin_script(arena, key_script, LESSONS_SITE);
	int64_t taken;
	bool ok;

	store_redis_arguments_add(&arguments, (struct str){ (const char *)key, LEARN_KEY_BYTES });
	ok = run_script(l, &arguments, &taken, err_r);
	arena_free(arena);
	return ok;
}
