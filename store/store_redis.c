/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * redis://[:PASSWORD@]HOST[:PORT][/DATABASE][?journal=PATH]: one view for several hosts. What Redis
 * acknowledged is safe; what it does not take is appended to a journal on this host's disk, and
 * handed over when Redis is back. Records know each other again by assay:once, so one that was
 * taken although its answer was lost is there once.
 *
 *	assay:schema			the version of all this
 *	assay:seq			the newest id
 *	assay:records			hash: id → record
 *	assay:once			hash: what makes a record unique → id
 *	assay:kind:K			sorted sets of ids by time
 *	assay:rcpt:K:A, assay:rdom:K:D	the same by kind and recipient or its domain
 *	assay:dest:K:A, assay:ddom:K:D	the same by kind and destination or its domain
 *	assay:msg:ID			the same by scan id, queue id and Message-ID
 *	assay:unanswered		hash: offer of a message → its record (see record_offer())
 *	assay:merged			hash: id → what made it unique before it was offered again
 *	assay:bytes			about how much memory the records take
 *	assay:counts			hash: "KIND HOUR DOMAIN" → how many
 *
 * A batch is one script, so it is there as a whole or not at all.
 */
#include <hiredis/hiredis.h>

#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "base/log.h"
#include "base/memory.h"
#include "store/store_redis.h"

#define CONNECT_LIMIT_S 1
#define COMMAND_LIMIT_S 3
/* A server that is down is not asked again before. */
#define RETRY_US 1000000
/* What a server that is down for days leaves. */
#define JOURNAL_MAX     (INT64_C(1024) * 1024 * 1024)
#define DEFAULT_JOURNAL ASSAY_STATEDIR "/redis.journal"

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

bool redis_store_run(struct redis_store *s, const char *format, const char *argument)
{
	redisReply *reply;

	if (s->redis == NULL)
		return false;
	reply = redis_store_checked(s, redisCommand(s->redis, format, argument));
	freeReplyObject(reply);
	return reply != NULL;
}

bool redis_store_get(struct redis_store *s, const char *name, int64_t *value_r)
{
	redisReply *reply = NULL;

	*value_r = 0;
	if (s->redis != NULL)
		reply = redis_store_checked(s, redisCommand(s->redis, "GET %s", name));
	if (reply == NULL)
		return false;
	if (reply->type == REDIS_REPLY_STRING)
		*value_r = strtoll(reply->str, NULL, 10);
	freeReplyObject(reply);
	return true;
}

static bool prepare_connection(struct redis_store *s)
{
	struct timeval limit = { .tv_sec = COMMAND_LIMIT_S };
	char database[16];

	snprintf(database, sizeof(database), "%d", s->uri.database);
	redisSetTimeout(s->redis, limit);
	redisEnableKeepAlive(s->redis);
	return (s->uri.password == NULL || redis_store_run(s, "AUTH %s", s->uri.password)) &&
	       redis_store_run(s, "SELECT %s", database) && redis_store_check_schema(s);
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
	                          JOURNAL_MAX, err_r);
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

const struct store_backend store_redis = {
	.scheme = "redis:",
	.example = "redis://HOST:PORT/DATABASE",
	.check = redis_check,
	.open = redis_open,
	.close = redis_close,
	.write = redis_store_write,
	.has_backlog = redis_store_has_backlog,
	.retract = redis_store_retract,
	.expire = redis_store_expire,
	.read = redis_store_read,
	.read_groups = redis_store_read_groups,
	.newest_id = redis_store_newest_id,
	.read_counts = redis_store_read_counts,
};
