/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The connection. Where the server that the URI names, or its sentinels, is a replica, its primary
 * is asked; where it is away, one of those that were its replicas may have taken its place.
 */
#include <hiredis/hiredis.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "base/log.h"
#include "base/redis_sentinel.h"
#include "store/store_redis.h"

#define CONNECT_LIMIT_MS 1000
#define COMMAND_LIMIT_MS 3000
/* Each of them, while records wait. */
#define SENTINEL_LIMIT_MS 500
#define SENTINELS_REST_US (60 * INT64_C(1000000))
/* A server that is down is not asked again before. */
#define RETRY_US   1000000
#define HOUR_US    (3600 * INT64_C(1000000))
#define EXAMINE_US HOUR_US
/* While something may be lost there, or another one may take its place. */
#define EXAMINE_HELD_US 5000000
/* From replica to primary, which may be one by now. */
#define HOPS_MAX 3

static void disconnect(struct redis_store *s)
{
	redis_client_free(s->redis);
	s->redis = NULL;
	s->retry_at_us = clock_monotonic_us() + RETRY_US;
}

bool store_redis_refused(struct redis_store *s, const char *why)
{
	/* It has become a replica: who is the primary now is found anew. */
	if (strncmp(why, "READONLY", 8) == 0) {
		disconnect(s);
		s->retry_at_us = 0;
	}
	return error_set(&s->error, "%s: %s", s->at.where, why);
}

redisReply *store_redis_checked(struct redis_store *s, redisReply *reply)
{
	if (reply == NULL) {
		disconnect(s);
		return NULL;
	}
	if (reply->type != REDIS_REPLY_ERROR)
		return reply;
	store_redis_refused(s, reply->str);
	freeReplyObject(reply);
	return NULL;
}

redisReply *store_redis_ask(struct redis_store *s, const char *format, ...)
{
	redisReply *reply;
	va_list arguments;

	if (s->redis == NULL)
		return NULL;
	va_start(arguments, format);
	reply = redis_client_ask_list(s->redis, &s->error, format, arguments);
	va_end(arguments);
	return store_redis_checked(s, reply);
}

bool store_redis_is(struct redis_store *s, const redisReply *reply, int type)
{
	return reply->type == type ||
	       error_set(&s->error, "%s: an answer that is not understood", s->at.where);
}

bool store_redis_run(struct redis_store *s, const char *format, const char *argument)
{
	redisReply *reply = store_redis_ask(s, format, argument);

	freeReplyObject(reply);
	return reply != NULL;
}

bool store_redis_get(struct redis_store *s, const char *name, int64_t *value_r)
{
	redisReply *reply = store_redis_ask(s, "GET %s", name);

	*value_r = 0;
	if (reply == NULL)
		return false;
	if (reply->type == REDIS_REPLY_STRING)
		*value_r = strtoll(reply->str, NULL, 10);
	freeReplyObject(reply);
	return true;
}

/* Finding the server. */

static const struct redis_limits limits = { CONNECT_LIMIT_MS, COMMAND_LIMIT_MS };
static const struct redis_limits sentinel_limits = { SENTINEL_LIMIT_MS, SENTINEL_LIMIT_MS };

static bool open_at(struct redis_store *s, const struct redis_uri *uri)
{
	s->at = *uri;
	if (!redis_sentinel_find(s->place, uri, sentinel_limits, &s->at, &s->error))
		return false;
	s->redis = redis_client_connect(&s->at, limits, &s->error);
	return s->redis != NULL;
}

/* From a server to the one that can be written to. */
static bool follow(struct redis_store *s, const struct redis_uri *uri)
{
	struct redis_uri next = *uri;

	for (int hops = 0; hops < HOPS_MAX; hops++) {
		struct redis_facts facts;
		const char *from;

		if (!open_at(s, &next))
			return false;
		if (!store_redis_examine(s, &facts))
			return false;
		if (!facts.is_replica) {
			s->facts = facts;
			return true;
		}
		from = s->at.where;
		next = redis_uri_at(s->place, uri, facts.primary.host, facts.primary.port);
		log_warning(NULL, "store: %s is a replica and READONLY; trying its primary, %s",
		            from, next.where);
		redis_client_free(s->redis);
		s->redis = NULL;
	}
	return error_set(&s->error, "%s: a replica, and so is each primary that it leads to",
	                 uri->where);
}

static bool follow_to(struct redis_store *s, const struct redis_address *address)
{
	struct redis_uri uri = redis_uri_at(s->place, &s->uri, address->host, address->port);

	redis_client_free(s->redis);
	s->redis = NULL;
	return follow(s, &uri);
}

/* The URI's server, or one that was a replica of the last one. */
static bool find_primary(struct redis_store *s)
{
	struct redis_facts before = s->facts;
	struct error first;

	if (follow(s, &s->uri))
		return true;
	first = s->error;
	for (size_t i = 0; i < before.peer_count; i++) {
		if (!follow_to(s, &before.peers[i]))
			continue;
		log_warning(NULL, "store: %s; %s, which was a replica, has taken its place",
		            first.text, s->at.where);
		return true;
	}
	s->error = first;
	return false;
}

/* Said where it changes; for store_doubt(). */
static void note_doubt(struct redis_store *s)
{
	s->doubt[0] = '\0';
	if (s->facts.doubt[0] != '\0' && s->has_lessons)
		snprintf(s->doubt, sizeof(s->doubt),
		         "%s: %s; what is learned here is kept, and taught again "
		         "where it is missing",
		         s->at.where, s->facts.doubt);
	else if (s->facts.doubt[0] != '\0')
		snprintf(s->doubt, sizeof(s->doubt),
		         "%s: %s; records of drops are kept in the journal for %d hours, and "
		         "handed over again where they are missing",
		         s->at.where, s->facts.doubt, (int)(s->hold_us / HOUR_US));
	if (s->reader || strcmp(s->doubt, s->said) == 0)
		return;
	snprintf(s->said, sizeof(s->said), "%s", s->doubt);
	if (s->doubt[0] != '\0')
		log_warning(NULL, "store: %s", s->doubt);
	else
		log_info(NULL, "store: %s: what it acknowledges is safe there now", s->at.where);
}

const char *store_redis_doubt(struct store *store)
{
	struct redis_store *s = (struct redis_store *)store;

	if (s->reader && s->redis != NULL && store_redis_examine(s, &s->facts))
		note_doubt(s);
	return s->doubt;
}

static void note_connection(struct redis_store *s, const char *run_id_before)
{
	note_doubt(s);
	s->connected_us = clock_monotonic_us();
	s->examined_us = s->connected_us;
	/* Another process, perhaps with other data: what may be lost is compared. */
	if (run_id_before[0] != '\0' && strcmp(run_id_before, s->facts.run_id) != 0)
		log_info(NULL, "store: %s is another server, or was started anew", s->at.where);
	s->settled = s->checking = false;
	s->check_us = 0;
}

static bool connect_anew(struct redis_store *s)
{
	char run_id[sizeof(s->facts.run_id)];

	memcpy(run_id, s->facts.run_id, sizeof(run_id));
	arena_free(s->place);
	s->place = arena_new();
	if (s->reader ? !open_at(s, &s->uri) : !find_primary(s))
		return false;
	note_connection(s, run_id);
	return store_redis_check_schema(s);
}

/* One that has been voted out may not know it yet, as where it is cut off from the others.
 * Sentinels that don't answer are left in peace for a while, since records wait meanwhile. */
static bool is_voted_out(struct redis_store *s)
{
	struct arena *arena;
	struct redis_uri now;
	struct error ignored;
	bool out = false;

	if (s->uri.master == NULL || clock_monotonic_us() < s->ask_sentinels_us)
		return false;
	arena = arena_new();
	if (redis_sentinel_ask(arena, &s->uri, sentinel_limits, &now, &ignored))
		out = strcmp(now.host, s->at.host) != 0 || now.port != s->at.port;
	else
		s->ask_sentinels_us = clock_monotonic_us() + SENTINELS_REST_US;
	if (out)
		log_warning(NULL, "store: the sentinels say that %s is the primary now, and not %s",
		            now.where, s->at.where);
	arena_free(arena);
	return out;
}

/* What changed while it was connected. */
static bool examine_again(struct redis_store *s)
{
	struct redis_facts facts;

	if (!store_redis_examine(s, &facts))
		return false;
	s->examined_us = clock_monotonic_us();
	s->facts = facts;
	note_doubt(s);
	if (!facts.is_replica && !is_voted_out(s))
		return true;
	disconnect(s);
	s->retry_at_us = 0;
	return store_redis_connect(s);
}

static bool is_examination_due(const struct redis_store *s)
{
	int64_t age = clock_monotonic_us() - s->examined_us;

	if (s->reader)
		return false;
	return age >= (s->uri.master == NULL && s->settled && journal_is_empty(s->held)
	                       ? EXAMINE_US
	                       : EXAMINE_HELD_US);
}

bool store_redis_connect(struct redis_store *s)
{
	if (s->redis != NULL)
		return !is_examination_due(s) || examine_again(s);
	if (clock_monotonic_us() < s->retry_at_us)
		return false;
	if (connect_anew(s))
		return true;
	disconnect(s);
	return false;
}
