/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * redis://[:PASSWORD@]HOST[:PORT][/DATABASE][?journal=PATH]: one view for several hosts. What Redis
 * acknowledged is safe; what it does not take is appended to a journal on this host's disk, and
 * handed over when Redis is back. Records know each other again by assay:once, so one that was
 * taken although its answer was lost is there once.
 *
 *	assay:seq			the newest id
 *	assay:records			hash: id → record
 *	assay:once			hash: what makes a record unique → id
 *	assay:time, assay:kind:N	sorted sets of ids by time
 *	assay:rcpt:A, assay:rdom:D, assay:dest:A, assay:ddom:D, assay:msg:ID	the same
 *	assay:counts			hash: "KIND HOUR DOMAIN" → how many
 *
 * A batch is one script, so it is there as a whole or not at all.
 */
#include <hiredis/hiredis.h>

#include <string.h>

#include "base/deadline.h"
#include "base/log.h"
#include "base/memory.h"
#include "store/record_codec.h"
#include "store/store_redis.h"

#define CONNECT_LIMIT_S 1
#define COMMAND_LIMIT_S 3
/* A server that is down is not asked again before. */
#define RETRY_US        1000000
#define DEFAULT_JOURNAL ASSAY_STATEDIR "/redis.journal"
/* Names of sorted sets that have a record's id, besides assay:time. */
#define INDEXES 8

/* For each record: key, bytes, time, and INDEXES names; "" for none. */
static const char insert_script[] =
	"for i = 1, #ARGV, 11 do\n"
	" if redis.call('HEXISTS', 'assay:once', ARGV[i]) == 0 then\n"
	"  local id = redis.call('INCR', 'assay:seq')\n"
	"  redis.call('HSET', 'assay:once', ARGV[i], id)\n"
	"  redis.call('HSET', 'assay:records', id, ARGV[i + 1])\n"
	"  redis.call('ZADD', 'assay:time', ARGV[i + 2], id)\n"
	"  for j = i + 3, i + 10 do\n"
	"   if ARGV[j] ~= '' then redis.call('ZADD', ARGV[j], ARGV[i + 2], id) end\n"
	"  end\n"
	" end\n"
	"end\n"
	"return 'done'";

static const char remove_script[] = "for i = 1, #ARGV, 11 do\n"
				    " local id = redis.call('HGET', 'assay:once', ARGV[i])\n"
				    " if id then\n"
				    "  redis.call('HDEL', 'assay:once', ARGV[i])\n"
				    "  redis.call('HDEL', 'assay:records', id)\n"
				    "  redis.call('ZREM', 'assay:time', id)\n"
				    "  for j = i + 3, i + 10 do\n"
				    "   if ARGV[j] ~= '' then redis.call('ZREM', ARGV[j], id) end\n"
				    "  end\n"
				    " end\n"
				    "end\n"
				    "return 'done'";

static const char count_script[] =
	"for i = 1, #ARGV do redis.call('HINCRBY', 'assay:counts', ARGV[i], 1) end\n"
	"return 'done'";

/* The connection. */

static void disconnect(struct redis_store *s)
{
	if (s->redis != NULL && s->redis->err != 0)
		error_set(&s->error, "redis %s:%d: %s", s->uri.host, s->uri.port, s->redis->errstr);
	redisFree(s->redis);
	s->redis = NULL;
	s->retry_at_us = clock_monotonic_us() + RETRY_US;
}

redisReply *redis_store_checked(struct redis_store *s, redisReply *reply)
{
	if (reply == NULL) {
		disconnect(s);
		return NULL;
	}
	if (reply->type != REDIS_REPLY_ERROR)
		return reply;
	error_set(&s->error, "redis %s:%d: %s", s->uri.host, s->uri.port, reply->str);
	freeReplyObject(reply);
	return NULL;
}

static bool run(struct redis_store *s, const char *format, const char *argument)
{
	redisReply *reply;

	if (s->redis == NULL)
		return false;
	reply = redis_store_checked(s, redisCommand(s->redis, format, argument));
	freeReplyObject(reply);
	return reply != NULL;
}

static bool prepare_connection(struct redis_store *s)
{
	struct timeval limit = { .tv_sec = COMMAND_LIMIT_S };
	char database[16];

	snprintf(database, sizeof(database), "%d", s->uri.database);
	redisSetTimeout(s->redis, limit);
	redisEnableKeepAlive(s->redis);
	return (s->uri.password == NULL || run(s, "AUTH %s", s->uri.password)) &&
	       run(s, "SELECT %s", database);
}

bool redis_store_connect(struct redis_store *s)
{
	struct timeval limit = { .tv_sec = CONNECT_LIMIT_S };

	if (s->redis != NULL)
		return true;
	if (clock_monotonic_us() < s->retry_at_us)
		return false;
	s->redis = redisConnectWithTimeout(s->uri.host, s->uri.port, limit);
	if (s->redis != NULL && s->redis->err == 0 && prepare_connection(s))
		return true;
	disconnect(s);
	return false;
}

/* Opening. */

/* Splits "//host…?journal=/path"; the path is empty where none is given. */
static bool split_uri(struct arena *arena, const char *rest, struct redis_uri *uri_r,
                      struct str *journal_r, struct error *err_r)
{
	struct str text = str_from(rest), options = STR("");
	ptrdiff_t question = str_rfind_char(text, '?');

	if (question >= 0) {
		options = str_from_offset(text, (size_t)question + 1);
		text = str_prefix(text, (size_t)question);
	}
	*journal_r = str_from_offset(options, 8);
	if (question >= 0 && (!str_starts(options, STR("journal=/"))))
		return error_set(err_r, "store \"redis:%s\": write ?journal=/PATH at its end",
		                 rest);
	return redis_uri_parse(arena, text, uri_r, err_r);
}

static bool redis_check(const char *rest, struct error *err_r)
{
	struct arena *arena = arena_new();
	struct redis_uri uri;
	struct str journal;
	bool ok = split_uri(arena, rest, &uri, &journal, err_r);

	arena_free(arena);
	return ok;
}

static void redis_close(struct store *store)
{
	struct redis_store *s = (struct redis_store *)store;

	redisFree(s->redis);
	journal_close(s->journal);
	arena_free(s->arena);
	free(s);
}

static bool set_up(struct redis_store *s, const char *rest, bool reader, struct error *err_r)
{
	struct str journal;

	if (!split_uri(s->arena, rest, &s->uri, &journal, err_r))
		return false;
	if (reader) {
		if (redis_store_connect(s))
			return true;
		*err_r = s->error;
		return false;
	}
	s->journal = journal_open(journal.len > 0 ? arena_cstr(s->arena, journal) : DEFAULT_JOURNAL,
	                          err_r);
	if (s->journal == NULL)
		return false;
	if (!redis_store_connect(s))
		log_warning(NULL, "store: %s; records go to the journal until it answers",
		            s->error.text);
	return true;
}

static struct store *redis_open(const char *rest, bool reader, struct error *err_r)
{
	struct redis_store *s = memory_calloc(1, sizeof(*s));

	s->store.backend = &store_redis;
	s->arena = arena_new();
	if (set_up(s, rest, reader, err_r))
		return &s->store;
	redis_close(&s->store);
	return NULL;
}

/* Writing. */

struct arguments {
	struct arena *arena;
	vec_of(const char *) texts;
	vec_of(size_t) lengths;
};

static void add_argument(struct arguments *arguments, struct str text)
{
	vec_push(arguments->arena, &arguments->texts, text.data);
	vec_push(arguments->arena, &arguments->lengths, text.len);
}

static void start_script(struct arguments *arguments, struct arena *arena, const char *script)
{
	*arguments = (struct arguments){ .arena = arena };
	add_argument(arguments, STR("EVAL"));
	add_argument(arguments, str_from(script));
	add_argument(arguments, STR("0"));
}

static bool run_script(struct redis_store *s, struct arguments *arguments)
{
	redisReply *reply;

	if (arguments->texts.len == 3)
		return true;
	reply = redis_store_checked(s, redisCommandArgv(s->redis, (int)arguments->texts.len,
	                                                arguments->texts.items,
	                                                arguments->lengths.items));
	freeReplyObject(reply);
	return reply != NULL;
}

struct str redis_store_index(struct arena *arena, const char *prefix, const char *value)
{
	struct str lower = arena_str_lower(arena, str_from(value));

	if (lower.len == 0)
		return STR("");
	return arena_printf(arena, "%s%.*s", prefix, STR_FMT(lower));
}

struct str redis_store_kind_index(struct arena *arena, enum record_kind kind)
{
	return arena_printf(arena, "assay:kind:%d", (int)kind);
}

/* Ids are told apart by case. */
struct str redis_store_message_index(struct arena *arena, const char *id)
{
	return id != NULL && id[0] != '\0' ? arena_printf(arena, "assay:msg:%s", id) : STR("");
}

static void add_record(struct arguments *arguments, const struct record *record)
{
	struct arena *arena = arguments->arena;
	const char *recipient = store_text(record->recipient);
	const char *destination = store_text(record->destination);
	struct strbuf bytes;
	struct str indexes[INDEXES] = {
		redis_store_kind_index(arena, record->kind),
		redis_store_index(arena, "assay:rcpt:", recipient),
		redis_store_index(arena, "assay:rdom:", store_domain(recipient)),
		redis_store_index(arena, "assay:dest:", destination),
		redis_store_index(arena, "assay:ddom:", store_domain(destination)),
		redis_store_message_index(arena, record->scan_id),
		redis_store_message_index(arena, record->queue_id),
		redis_store_message_index(arena, record->message_id),
	};

	strbuf_init(&bytes, arena);
	record_encode(&bytes, record);
	add_argument(arguments, record_key(arena, record));
	add_argument(arguments, strbuf_str(&bytes));
	add_argument(arguments, arena_printf(arena, "%lld", (long long)record->time_us));
	for (size_t i = 0; i < INDEXES; i++)
		add_argument(arguments, indexes[i]);
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
	struct arguments inserts, counts;
	bool ok;

	start_script(&inserts, arena, insert_script);
	start_script(&counts, arena, count_script);
	for (size_t i = 0; i < count; i++) {
		if (store_is_counted(records[i].kind))
			add_argument(&counts, count_field(arena, &records[i]));
		else
			add_record(&inserts, &records[i]);
	}
	ok = run_script(s, &inserts) && run_script(s, &counts);
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

static bool redis_write(struct store *store, const struct record *records, size_t count,
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

static bool redis_has_backlog(const struct store *store)
{
	const struct redis_store *s = (const struct redis_store *)store;

	return s->journal != NULL && !journal_is_empty(s->journal);
}

bool redis_store_remove(struct redis_store *s, const struct record *records, size_t count,
                        struct error *err_r)
{
	struct arena *arena = arena_new();
	struct arguments arguments;
	bool ok;

	start_script(&arguments, arena, remove_script);
	for (size_t i = 0; i < count; i++)
		add_record(&arguments, &records[i]);
	ok = redis_store_connect(s) && run_script(s, &arguments);
	if (!ok)
		*err_r = s->error;
	arena_free(arena);
	return ok;
}

static bool redis_retract(struct store *store, const struct record *records, size_t count,
                          struct error *err_r)
{
	struct redis_store *s = (struct redis_store *)store;

	if (!journal_is_empty(s->journal) && !redis_write(store, NULL, 0, err_r))
		return false;
	if (!journal_is_empty(s->journal))
		return error_set(err_r, "%s", s->error.text);
	return redis_store_remove(s, records, count, err_r);
}

const struct store_backend store_redis = {
	.scheme = "redis:",
	.example = "redis://HOST:PORT/DATABASE",
	.check = redis_check,
	.open = redis_open,
	.close = redis_close,
	.write = redis_write,
	.has_backlog = redis_has_backlog,
	.retract = redis_retract,
	.expire = redis_store_expire,
	.read = redis_store_read,
	.newest_id = redis_store_newest_id,
	.read_counts = redis_store_read_counts,
};
