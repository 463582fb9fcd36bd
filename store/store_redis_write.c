/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing to Redis, and to the journal where it does not answer. */
#include <hiredis/hiredis.h>

#include <string.h>

#include "base/deadline.h"
#include "base/log.h"
#include "store/record_codec.h"
#include "store/store_redis.h"

/*
 * For each record: what it is (r: a record, d: one that waits for the answer to the MTA, a: the
 * news of that, x: it is taken out), key, bytes, time, offer, scan id, origin, cost, and
 * REDIS_STORE_INDEXES names.
 */
#define RECORD_ARGUMENTS "16"
/* Twins that wait for their answers at the same time; of more, the oldest count as answered. */
#define OFFERS_MAX "20"

static const char records_script[] =
	/* Version 2 had one offer where a list is now, and one older key. */
	"local function offers_of(offer)\n"
	" local text = offer ~= '' and redis.call('HGET', 'assay:unanswered', offer)\n"
	" if not text then return {} end\n"
	" local list = cmsgpack.unpack(text)\n"
	" if list.id then return { list } end\n"
	" return list\n"
	"end\n"
	"local function set_offers(offer, list)\n"
	" if #list == 0 then redis.call('HDEL', 'assay:unanswered', offer)\n"
	" else redis.call('HSET', 'assay:unanswered', offer, cmsgpack.pack(list)) end\n"
	"end\n"
	"local function without(list, name, value)\n"
	" local rest = {}\n"
	" for _, one in ipairs(list) do\n"
	"  if tostring(one[name]) ~= tostring(value) then rest[#rest + 1] = one end\n"
	" end\n"
	" return rest\n"
	"end\n"
	"local function older_keys(id)\n"
	" local text = redis.call('HGET', 'assay:merged', id)\n"
	" if not text then return {} end\n"
	" if string.byte(text) < 128 then return { text } end\n"
	" return cmsgpack.unpack(text)\n"
	"end\n"
	"local function add_older_key(id, key)\n"
	" local keys = older_keys(id)\n"
	" keys[#keys + 1] = key\n"
	" redis.call('HSET', 'assay:merged', id, cmsgpack.pack(keys))\n"
	"end\n"
	/* The same message, offered before; or (late) offered again before this was handed over. */
	"local function open_offer(list, i)\n"
	" for _, old in ipairs(list) do\n"
	"  local age, least = ARGV[i + 3] - old.time, 2000000\n"
	"  if (old.origin or '') ~= ARGV[i + 6] then least = -60000000 end\n"
	"  if old.scan ~= ARGV[i + 5] and age <= 432000000000 and age >= -432000000000 and\n"
	"   redis.call('HEXISTS', 'assay:records', old.id) == 1 then\n"
	"   if age >= least then return old, false end\n"
	"   if age < -60000000 then return old, true end\n"
	"  end\n"
	" end\n"
	"end\n"
	/* What fails must leave nothing behind, as Redis takes nothing back: keys that have a name
           of their own are looked at before, and the sets are written first. */
	"local function expect(kind, ...)\n"
	" for _, name in ipairs({ ... }) do\n"
	"  local found = redis.call('TYPE', name).ok\n"
	"  if found == 'string' and kind == found and not tonumber(redis.call('GET', name)) then\n"
	"   found = 'text'\n"
	"  end\n"
	"  if found ~= 'none' and found ~= kind then\n"
	"   error('WRONGTYPE ' .. name .. ' is not ours, but a ' .. found .. '; RENAME it')\n"
	"  end\n"
	" end\n"
	"end\n"
	"local function enter(i, id)\n"
	" local names = {}\n"
	" for j = i + 8, i + 15 do\n"
	"  if ARGV[j] ~= '' then\n"
	"   local result = redis.pcall('ZADD', ARGV[j], ARGV[i + 3], id)\n"
	"   if type(result) == 'table' and result.err then\n"
	"    for _, name in ipairs(names) do redis.call('ZREM', name, id) end\n"
	"    error(ARGV[j] .. ': ' .. result.err)\n"
	"   end\n"
	"   names[#names + 1] = ARGV[j]\n"
	"  end\n"
	" end\n"
	" return names\n"
	"end\n"
	/* The earlier offer's record becomes this one. */
	"local function take_over(old, names)\n"
	" local kept = {}\n"
	" for _, name in ipairs(names) do kept[name] = true end\n"
	" for _, name in ipairs(old.names) do\n"
	"  if not kept[name] then redis.pcall('ZREM', name, old.id) end\n"
	" end\n"
	" redis.call('DECRBY', 'assay:bytes', old.cost)\n"
	" add_older_key(old.id, old.key)\n"
	"end\n"
	"local function insert(i, list, old)\n"
	" if old then older_keys(old.id) end\n"
	" local id = old and old.id or redis.call('INCR', 'assay:seq')\n"
	" local names = enter(i, id)\n"
	" if old then take_over(old, names) end\n"
	" redis.call('HSET', 'assay:once', ARGV[i + 1], id)\n"
	" redis.call('HSET', 'assay:records', id, ARGV[i + 2])\n"
	" redis.call('INCRBY', 'assay:bytes', ARGV[i + 7])\n"
	" if old then list = without(list, 'id', id) end\n"
	" if ARGV[i] == 'd' and ARGV[i + 4] ~= '' then\n"
	"  if #list >= " OFFERS_MAX " then table.remove(list, 1) end\n"
	"  list[#list + 1] = { id = id, time = tonumber(ARGV[i + 3]), scan = ARGV[i + 5],\n"
	"   origin = ARGV[i + 6], key = ARGV[i + 1], cost = ARGV[i + 7], names = names }\n"
	"  set_offers(ARGV[i + 4], list)\n"
	" elseif old then set_offers(ARGV[i + 4], list) end\n"
	"end\n"
	/* It waits for its answer under this scan now. */
	"local function repeat_offer(i, list, id)\n"
	" for _, one in ipairs(list) do\n"
	"  if tostring(one.id) == id and ARGV[i] == 'd' and one.time <= tonumber(ARGV[i + 3]) then\n"
	"   one.scan, one.time, one.origin = ARGV[i + 5], tonumber(ARGV[i + 3]), ARGV[i + 6]\n"
	"   set_offers(ARGV[i + 4], list)\n"
	"  end\n"
	" end\n"
	"end\n"
	"local function remove(i, list)\n"
	" local id = redis.call('HGET', 'assay:once', ARGV[i + 1])\n"
	" if not id then return end\n"
	" for _, key in ipairs(older_keys(id)) do redis.call('HDEL', 'assay:once', key) end\n"
	" redis.call('HDEL', 'assay:merged', id)\n"
	" redis.call('HDEL', 'assay:once', ARGV[i + 1])\n"
	" redis.call('HDEL', 'assay:records', id)\n"
	" redis.call('DECRBY', 'assay:bytes', ARGV[i + 7])\n"
	" if #list > 0 then set_offers(ARGV[i + 4], without(list, 'id', id)) end\n"
	" for j = i + 8, i + 15 do\n"
	"  if ARGV[j] ~= '' then redis.pcall('ZREM', ARGV[j], id) end\n"
	" end\n"
	"end\n"
	"local taken = {}\n"
	"local function take(i)\n"
	" local list = offers_of(ARGV[i + 4])\n"
	" if ARGV[i] == 'x' then remove(i, list)\n"
	" elseif ARGV[i] == 'a' then\n"
	"  if #list > 0 then set_offers(ARGV[i + 4], without(list, 'scan', ARGV[i + 5])) end\n"
	" else\n"
	"  local id = redis.call('HGET', 'assay:once', ARGV[i + 1])\n"
	"  if id then repeat_offer(i, list, id)\n"
	"  else\n"
	"   local old, late = open_offer(list, i)\n"
	"   if late then\n"
	"    add_older_key(old.id, ARGV[i + 1])\n"
	"    redis.call('HSET', 'assay:once', ARGV[i + 1], old.id)\n"
	"   else insert(i, list, old) end\n"
	"   if old then taken[#taken + 1] = (i - 1) / " RECORD_ARGUMENTS " end\n"
	"  end\n"
	" end\n"
	"end\n"
	"local function take_all()\n"
	" expect('string', 'assay:seq', 'assay:bytes')\n"
	" expect('hash', 'assay:once', 'assay:records', 'assay:unanswered', 'assay:merged')\n"
	" if redis.call('EXISTS', 'assay:seq') == 0 then redis.call('SET', 'assay:schema', 3) end\n"
	" for i = 1, #ARGV, " RECORD_ARGUMENTS " do take(i) end\n"
	"end\n"
	"local ok, problem = pcall(take_all)\n"
	/* Redis 6 has what the command said in a string. */
	"if type(problem) == 'table' then problem = problem.err end\n"
	"return { taken, ok and '' or tostring(problem) }";

static const char count_script[] =
	"for i = 1, #ARGV do redis.call('HINCRBY', 'assay:counts', ARGV[i], 1) end\n"
	"return 'done'";

/* How often what is held is looked after while there is something to write. */
#define STEP_US 1000000
/* What Redis takes for each entry besides its text, as measured: bench/report_million. */
#define COST_OF_RECORD 250
#define COST_OF_INDEX  94

void store_redis_arguments_add(struct redis_arguments *arguments, struct str text)
{
	vec_push(arguments->arena, &arguments->texts, text.data);
	vec_push(arguments->arena, &arguments->lengths, text.len);
}

void store_redis_arguments_init(struct redis_arguments *arguments, struct arena *arena,
                                const char *script)
{
	*arguments = (struct redis_arguments){ .arena = arena };
	store_redis_arguments_add(arguments, STR("EVAL"));
	store_redis_arguments_add(arguments, str_from(script));
	store_redis_arguments_add(arguments, STR("0"));
}

/* The reply, or NULL with the reason. */
static redisReply *run_script(struct redis_store *s, struct redis_arguments *arguments)
{
	if (s->redis == NULL)
		return NULL;
	return store_redis_checked(s, redis_client_ask_argv(s->redis, arguments->texts.len,
	                                                    arguments->texts.items,
	                                                    arguments->lengths.items, &s->error));
}

bool store_redis_arguments_run(struct redis_store *s, struct redis_arguments *arguments)
{
	redisReply *reply;

	if (arguments->texts.len == 3)
		return true;
	reply = run_script(s, arguments);
	freeReplyObject(reply);
	return reply != NULL;
}

/* Names. */

struct str store_redis_index(struct arena *arena, const char *name, enum record_kind kind,
                             const char *value)
{
	struct str lower = arena_str_lower(arena, str_from(value));

	if (lower.len == 0)
		return STR("");
	return arena_printf(arena, "assay:%s:%d:%.*s", name, (int)kind, STR_FMT(lower));
}

struct str store_redis_kind_index(struct arena *arena, enum record_kind kind)
{
	return arena_printf(arena, "assay:kind:%d", (int)kind);
}

/* Ids are told apart by case. */
struct str store_redis_message_index(struct arena *arena, const char *id)
{
	return store_given(id) ? arena_printf(arena, "assay:msg:%s", id) : STR("");
}

void store_redis_indexes(struct arena *arena, const struct record *record,
                         struct str indexes[REDIS_STORE_INDEXES])
{
	const char *recipient = store_text(record->recipient);
	const char *destination = store_text(record->destination);
	enum record_kind kind = record->kind;
	struct str all[REDIS_STORE_INDEXES] = {
		store_redis_kind_index(arena, kind),
		store_redis_index(arena, "rcpt", kind, recipient),
		store_redis_index(arena, "rdom", kind, store_domain(recipient)),
		store_redis_index(arena, "dest", kind, destination),
		store_redis_index(arena, "ddom", kind, store_domain(destination)),
		store_redis_message_index(arena, record->scan_id),
		store_redis_message_index(arena, record->queue_id),
		store_redis_message_index(arena, record->message_id),
	};

	memcpy(indexes, all, sizeof(all));
}

int64_t store_redis_cost(struct arena *arena, const struct record *record)
{
	struct str indexes[REDIS_STORE_INDEXES];
	struct strbuf bytes;
	size_t cost = COST_OF_RECORD + record_key(arena, record).len;
	struct record plain = *record;

	/* The same when it is taken out. */
	plain.answered = plain.retracted = false;
	strbuf_init(&bytes, arena);
	record_encode(&bytes, &plain);
	store_redis_indexes(arena, record, indexes);
	for (size_t i = 0; i < REDIS_STORE_INDEXES; i++)
		if (indexes[i].len > 0)
			cost += COST_OF_INDEX;
	/* The sets of a message have its record alone, so their names count. */
	for (size_t i = 5; i < REDIS_STORE_INDEXES; i++)
		cost += indexes[i].len;
	return (int64_t)(cost + bytes.len);
}

/* Writing. */

static const char *mode_of(const struct record *record)
{
	if (record->retracted)
		return "x";
	if (record->answered)
		return "a";
	return store_awaits_answer(record) ? "d" : "r";
}

static void add_record(struct redis_arguments *arguments, const struct record *record)
{
	struct arena *arena = arguments->arena;
	struct str indexes[REDIS_STORE_INDEXES];
	long long cost = store_redis_cost(arena, record);
	struct strbuf bytes;

	strbuf_init(&bytes, arena);
	record_encode(&bytes, record);
	store_redis_arguments_add(arguments, str_from(mode_of(record)));
	store_redis_arguments_add(arguments, record_key(arena, record));
	store_redis_arguments_add(arguments, strbuf_str(&bytes));
	store_redis_arguments_add(arguments,
	                          arena_printf(arena, "%lld", (long long)record->time_us));
	store_redis_arguments_add(arguments, record_offer(arena, record));
	store_redis_arguments_add(arguments, str_from(store_text(record->scan_id)));
	store_redis_arguments_add(arguments, str_from(store_text(record->origin)));
	store_redis_arguments_add(arguments, arena_printf(arena, "%lld", cost));
	store_redis_indexes(arena, record, indexes);
	for (size_t i = 0; i < REDIS_STORE_INDEXES; i++)
		store_redis_arguments_add(arguments, indexes[i]);
}

static struct str count_field(struct arena *arena, const struct record *record)
{
	struct str domain =
		arena_str_lower(arena, str_from(store_domain(store_text(record->recipient))));

	return arena_printf(arena, "%d %lld %.*s", (int)record->kind,
	                    (long long)store_hour(record->time_us), STR_FMT(domain));
}

/* A delivery that took the place of a drop: without it, that drop would be back. */
static bool hold_taken(struct redis_store *s, const redisReply *taken,
                       const struct record *const *sent, size_t count)
{
	bool ok = true;

	for (size_t i = 0; ok && i < taken->elements; i++) {
		const redisReply *number = taken->element[i];

		if (number->type == REDIS_REPLY_INTEGER && number->integer >= 0 &&
		    (size_t)number->integer < count)
			ok = store_redis_hold_one(s, sent[number->integer], &s->error);
	}
	return ok;
}

/* What the script says: which took another's place, and what stopped it. */
static bool take_reply(struct redis_store *s, const redisReply *reply,
                       const struct record *const *sent, size_t count)
{
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
	    reply->element[0]->type != REDIS_REPLY_ARRAY ||
	    reply->element[1]->type != REDIS_REPLY_STRING)
		return error_set(&s->error, "%s: an answer that is not understood", s->at.where);
	if (!hold_taken(s, reply->element[0], sent, count))
		return false;
	return reply->element[1]->len == 0 || store_redis_refused(s, reply->element[1]->str);
}

bool store_redis_send(struct redis_store *s, const struct record *records, size_t count)
{
	struct arena *arena = arena_new();
	const struct record **sent = arena_calloc(arena, count + 1, sizeof(const struct record *));
	struct redis_arguments scripted, counts;
	redisReply *reply = NULL;
	size_t len = 0;
	bool ok = true;

	store_redis_arguments_init(&scripted, arena, records_script);
	store_redis_arguments_init(&counts, arena, count_script);
	for (size_t i = 0; i < count; i++) {
		if (store_is_counted(records[i].kind)) {
			store_redis_arguments_add(&counts, count_field(arena, &records[i]));
			continue;
		}
		add_record(&scripted, &records[i]);
		sent[len++] = &records[i];
	}
	if (len > 0)
		reply = run_script(s, &scripted);
	ok = len == 0 || (reply != NULL && take_reply(s, reply, sent, len));
	freeReplyObject(reply);
	ok = ok && store_redis_arguments_run(s, &counts);
	arena_free(arena);
	return ok;
}

/* A copy goes first: what is lost after the answer is known from it. */
static bool hold_and_send(struct redis_store *s, const struct record *records, size_t count)
{
	return store_redis_hold(s, records, count, &s->error) &&
	       store_redis_send(s, records, count);
}

static bool take_journal(const struct record *records, size_t count, void *context,
                         struct error *err_r)
{
	struct redis_store *s = context;

	if (hold_and_send(s, records, count))
		return true;
	*err_r = s->error;
	return false;
}

struct trouble store_redis_absence = {
	.name = "redis",
	.over = "store: redis is back; the journal has been handed over",
};

/* What waits goes first, so that the order of records is that of the mail. */
static bool write_redis(struct redis_store *s, const struct record *records, size_t count)
{
	struct error err;

	if (!store_redis_connect(s))
		return false;
	if (!journal_is_empty(s->journal)) {
		if (!journal_replay(s->journal, take_journal, s, &err)) {
			s->error = err;
			return false;
		}
		trouble_end(&store_redis_absence);
	}
	return hold_and_send(s, records, count);
}

/* Between writes, and not at each of them; what fails now is tried again. */
static void look_after_held(struct redis_store *s, bool idle)
{
	int64_t now = clock_monotonic_us();

	if (s->redis == NULL || (!idle && now < s->step_us))
		return;
	s->step_us = now + STEP_US;
	if (!store_redis_check_held(s) && s->redis != NULL)
		log_warning(NULL, "store: %s; what it may lose stays in the journal",
		            s->error.text);
}

bool store_redis_write(struct store *store, const struct record *records, size_t count,
                       struct error *err_r)
{
	struct redis_store *s = (struct redis_store *)store;

	if (s->reader)
		return error_set(err_r, "the store was opened for reading");
	if (write_redis(s, records, count)) {
		look_after_held(s, count == 0);
		return true;
	}
	if (count == 0 || !journal_append(s->journal, records, count, err_r))
		return count == 0;
	trouble_count(&store_redis_absence, NULL, "store: %s; records go to the journal",
	              s->error.text);
	return true;
}

/* Also until the connection has proved to last, so that somebody looks. */
bool store_redis_has_backlog(const struct store *store)
{
	const struct redis_store *s = (const struct redis_store *)store;

	return !s->reader &&
	       (!journal_is_empty(s->journal) || !journal_is_empty(s->held) || !s->settled);
}

int64_t store_redis_backlog_bytes(const struct store *store)
{
	const struct redis_store *s = (const struct redis_store *)store;

	return s->reader || journal_is_empty(s->journal) ? 0 : journal_size(s->journal);
}

/* Copies of the records that take them out again; in the arena. */
static struct record *retractions(struct arena *arena, const struct record *records, size_t count)
{
	struct record *copies = arena_calloc(arena, count + 1, sizeof(*copies));

	for (size_t i = 0; i < count; i++) {
		copies[i] = records[i];
		copies[i].retracted = true;
	}
	return copies;
}

bool store_redis_remove(struct redis_store *s, const struct record *records, size_t count,
                        struct error *err_r)
{
	struct arena *arena = arena_new();
	bool ok = store_redis_connect(s) &&
	          store_redis_send(s, retractions(arena, records, count), count);

	if (!ok)
		*err_r = s->error;
	arena_free(arena);
	return ok;
}

/* Written like any other, so that it comes after them wherever they wait. */
bool store_redis_retract(struct store *store, const struct record *records, size_t count,
                         struct error *err_r)
{
	struct arena *arena = arena_new();
	bool ok = store_redis_write(store, retractions(arena, records, count), count, err_r);

	arena_free(arena);
	return ok;
}
