/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing to Redis, and to the journal where it does not answer. */
#include <hiredis/hiredis.h>

#include <string.h>

#include "base/log.h"
#include "store/record_codec.h"
#include "store/store_redis.h"

/*
 * For each record: what it is (r: a record, d: one that waits for the answer to the MTA, a: the
 * news of that), key, bytes, time, offer, scan id, cost, and REDIS_STORE_INDEXES names.
 */
static const char insert_script[] =
	"local function open_offer(i)\n"
	" local text = ARGV[i + 4] ~= '' and redis.call('HGET', 'assay:unanswered', ARGV[i + 4])\n"
	" if not text then return nil end\n"
	" local old = cmsgpack.unpack(text)\n"
	" local age = ARGV[i + 3] - old.time\n"
	" if old.scan == ARGV[i + 5] or age < 2000000 or age > 432000000000 or\n"
	"  redis.call('HEXISTS', 'assay:records', old.id) == 0 then return nil end\n"
	" return old\n"
	"end\n"
	/* The earlier offer's record becomes this one. */
	"local function take_over(old)\n"
	" for _, name in ipairs(old.names) do redis.call('ZREM', name, old.id) end\n"
	" redis.call('DECRBY', 'assay:bytes', old.cost)\n"
	" local older = redis.call('HGET', 'assay:merged', old.id)\n"
	" if older then redis.call('HDEL', 'assay:once', older) end\n"
	" redis.call('HSET', 'assay:merged', old.id, old.key)\n"
	" return old.id\n"
	"end\n"
	"local function insert(i)\n"
	" local old = open_offer(i)\n"
	" local id = old and take_over(old) or redis.call('INCR', 'assay:seq')\n"
	" local names = {}\n"
	" redis.call('HSET', 'assay:once', ARGV[i + 1], id)\n"
	" redis.call('HSET', 'assay:records', id, ARGV[i + 2])\n"
	" redis.call('INCRBY', 'assay:bytes', ARGV[i + 6])\n"
	" for j = i + 7, i + 14 do\n"
	"  if ARGV[j] ~= '' then\n"
	"   redis.call('ZADD', ARGV[j], ARGV[i + 3], id)\n"
	"   names[#names + 1] = ARGV[j]\n"
	"  end\n"
	" end\n"
	" if ARGV[i] == 'd' and ARGV[i + 4] ~= '' then\n"
	"  redis.call('HSET', 'assay:unanswered', ARGV[i + 4], cmsgpack.pack({ id = id,\n"
	"   time = tonumber(ARGV[i + 3]), scan = ARGV[i + 5], key = ARGV[i + 1],\n"
	"   cost = ARGV[i + 6], names = names }))\n"
	" elseif old then redis.call('HDEL', 'assay:unanswered', ARGV[i + 4]) end\n"
	"end\n"
	"for i = 1, #ARGV, 15 do\n"
	" if ARGV[i] == 'a' then redis.call('HDEL', 'assay:unanswered', ARGV[i + 4])\n"
	" elseif redis.call('HEXISTS', 'assay:once', ARGV[i + 1]) == 0 then insert(i) end\n"
	"end\n"
	"return 'done'";

static const char remove_script[] =
	"for i = 1, #ARGV, 15 do\n"
	" local id = redis.call('HGET', 'assay:once', ARGV[i + 1])\n"
	" if id then\n"
	"  local older = redis.call('HGET', 'assay:merged', id)\n"
	"  if older then\n"
	"   redis.call('HDEL', 'assay:once', older)\n"
	"   redis.call('HDEL', 'assay:merged', id)\n"
	"  end\n"
	"  redis.call('HDEL', 'assay:once', ARGV[i + 1])\n"
	"  redis.call('HDEL', 'assay:records', id)\n"
	"  redis.call('DECRBY', 'assay:bytes', ARGV[i + 6])\n"
	"  if ARGV[i + 4] ~= '' then redis.call('HDEL', 'assay:unanswered', ARGV[i + 4]) end\n"
	"  for j = i + 7, i + 14 do\n"
	"   if ARGV[j] ~= '' then redis.call('ZREM', ARGV[j], id) end\n"
	"  end\n"
	" end\n"
	"end\n"
	"return 'done'";

static const char count_script[] =
	"for i = 1, #ARGV do redis.call('HINCRBY', 'assay:counts', ARGV[i], 1) end\n"
	"return 'done'";

/* What Redis takes for each entry besides its text, as measured: bench/report_million. */
#define COST_OF_RECORD 250
#define COST_OF_INDEX  94

void redis_arguments_add(struct redis_arguments *arguments, struct str text)
{
	vec_push(arguments->arena, &arguments->texts, text.data);
	vec_push(arguments->arena, &arguments->lengths, text.len);
}

void redis_arguments_init(struct redis_arguments *arguments, struct arena *arena,
                          const char *script)
{
	*arguments = (struct redis_arguments){ .arena = arena };
	redis_arguments_add(arguments, STR("EVAL"));
	redis_arguments_add(arguments, str_from(script));
	redis_arguments_add(arguments, STR("0"));
}

bool redis_arguments_run(struct redis_store *s, struct redis_arguments *arguments)
{
	redisReply *reply;

	if (arguments->texts.len == 3)
		return true;
	if (s->redis == NULL)
		return false;
	reply = redis_store_checked(s, redisCommandArgv(s->redis, (int)arguments->texts.len,
	                                                arguments->texts.items,
	                                                arguments->lengths.items));
	freeReplyObject(reply);
	return reply != NULL;
}

/* Names. */

struct str redis_store_index(struct arena *arena, const char *name, enum record_kind kind,
                             const char *value)
{
	struct str lower = arena_str_lower(arena, str_from(value));

	if (lower.len == 0)
		return STR("");
	return arena_printf(arena, "assay:%s:%d:%.*s", name, (int)kind, STR_FMT(lower));
}

struct str redis_store_kind_index(struct arena *arena, enum record_kind kind)
{
	return arena_printf(arena, "assay:kind:%d", (int)kind);
}

/* Ids are told apart by case. */
struct str redis_store_message_index(struct arena *arena, const char *id)
{
	return store_given(id) ? arena_printf(arena, "assay:msg:%s", id) : STR("");
}

void redis_store_indexes(struct arena *arena, const struct record *record,
                         struct str indexes[REDIS_STORE_INDEXES])
{
	const char *recipient = store_text(record->recipient);
	const char *destination = store_text(record->destination);
	enum record_kind kind = record->kind;
	struct str all[REDIS_STORE_INDEXES] = {
		redis_store_kind_index(arena, kind),
		redis_store_index(arena, "rcpt", kind, recipient),
		redis_store_index(arena, "rdom", kind, store_domain(recipient)),
		redis_store_index(arena, "dest", kind, destination),
		redis_store_index(arena, "ddom", kind, store_domain(destination)),
		redis_store_message_index(arena, record->scan_id),
		redis_store_message_index(arena, record->queue_id),
		redis_store_message_index(arena, record->message_id),
	};

	memcpy(indexes, all, sizeof(all));
}

int64_t redis_store_cost(struct arena *arena, const struct record *record)
{
	struct str indexes[REDIS_STORE_INDEXES];
	struct strbuf bytes;
	size_t cost = COST_OF_RECORD + record_key(arena, record).len;

	strbuf_init(&bytes, arena);
	record_encode(&bytes, record);
	redis_store_indexes(arena, record, indexes);
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
	if (record->answered)
		return "a";
	return store_awaits_answer(record) ? "d" : "r";
}

static void add_record(struct redis_arguments *arguments, const struct record *record)
{
	struct arena *arena = arguments->arena;
	struct str indexes[REDIS_STORE_INDEXES];
	long long cost = redis_store_cost(arena, record);
	struct strbuf bytes;

	strbuf_init(&bytes, arena);
	record_encode(&bytes, record);
	redis_arguments_add(arguments, str_from(mode_of(record)));
	redis_arguments_add(arguments, record_key(arena, record));
	redis_arguments_add(arguments, strbuf_str(&bytes));
	redis_arguments_add(arguments, arena_printf(arena, "%lld", (long long)record->time_us));
	redis_arguments_add(arguments, record_offer(arena, record));
	redis_arguments_add(arguments, str_from(store_text(record->scan_id)));
	redis_arguments_add(arguments, arena_printf(arena, "%lld", cost));
	redis_store_indexes(arena, record, indexes);
	for (size_t i = 0; i < REDIS_STORE_INDEXES; i++)
		redis_arguments_add(arguments, indexes[i]);
}

static struct str count_field(struct arena *arena, const struct record *record)
{
	struct str domain =
		arena_str_lower(arena, str_from(store_domain(store_text(record->recipient))));

	return arena_printf(arena, "%d %lld %.*s", (int)record->kind,
	                    (long long)store_hour(record->time_us), STR_FMT(domain));
}

/* Sends the records to Redis; false where it did not take them, and then `s->error` says why. */
static bool send_records(struct redis_store *s, const struct record *records, size_t count)
{
	struct arena *arena = arena_new();
	struct redis_arguments inserts, counts;
	bool ok;

	redis_arguments_init(&inserts, arena, insert_script);
	redis_arguments_init(&counts, arena, count_script);
	for (size_t i = 0; i < count; i++) {
		if (store_is_counted(records[i].kind))
			redis_arguments_add(&counts, count_field(arena, &records[i]));
		else
			add_record(&inserts, &records[i]);
	}
	ok = redis_arguments_run(s, &inserts) && redis_arguments_run(s, &counts);
	arena_free(arena);
	return ok;
}

static bool take_journal(const struct record *records, size_t count, void *context,
                         struct error *err_r)
{
	struct redis_store *s = context;

	if (s->redis != NULL && send_records(s, records, count))
		return true;
	*err_r = s->error;
	return false;
}

/* What waits goes first, so that the order of records is that of the mail. */
static bool write_redis(struct redis_store *s, const struct record *records, size_t count)
{
	struct error err;

	if (!redis_store_connect(s))
		return false;
	if (!journal_is_empty(s->journal)) {
		if (!journal_replay(s->journal, take_journal, s, &err)) {
			s->error = err;
			return false;
		}
		log_info(NULL, "store: redis is back; the journal has been handed over");
	}
	return send_records(s, records, count);
}

bool redis_store_write(struct store *store, const struct record *records, size_t count,
                       struct error *err_r)
{
	struct redis_store *s = (struct redis_store *)store;
	bool empty;

	if (s->journal == NULL)
		return error_set(err_r, "the store was opened for reading");
	if (write_redis(s, records, count))
		return true;
	empty = journal_is_empty(s->journal);
	if (count == 0 || !journal_append(s->journal, records, count, err_r))
		return count == 0;
	if (empty)
		log_warning(NULL, "store: %s; records go to the journal", s->error.text);
	return true;
}

bool redis_store_has_backlog(const struct store *store)
{
	const struct redis_store *s = (const struct redis_store *)store;

	return s->journal != NULL && !journal_is_empty(s->journal);
}

bool redis_store_remove(struct redis_store *s, const struct record *records, size_t count,
                        struct error *err_r)
{
	struct arena *arena = arena_new();
	struct redis_arguments arguments;
	bool ok;

	redis_arguments_init(&arguments, arena, remove_script);
	for (size_t i = 0; i < count; i++)
		add_record(&arguments, &records[i]);
	ok = redis_store_connect(s) && redis_arguments_run(s, &arguments);
	if (!ok)
		*err_r = s->error;
	arena_free(arena);
	return ok;
}

bool redis_store_retract(struct store *store, const struct record *records, size_t count,
                         struct error *err_r)
{
	struct redis_store *s = (struct redis_store *)store;

	if (!journal_is_empty(s->journal) && !redis_store_write(store, NULL, 0, err_r))
		return false;
	if (!journal_is_empty(s->journal))
		return error_set(err_r, "%s", s->error.text);
	return redis_store_remove(s, records, count, err_r);
}
