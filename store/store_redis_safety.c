/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How far Redis can be believed. What it acknowledges is safe where it is on its disk before the
 * answer (appendonly yes, appendfsync always), is not removed to make room (maxmemory-policy), and
 * where no other server with less may take its place (replicas).
 */
#include <hiredis/hiredis.h>

#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "store/store_redis.h"

#define CONFIRM_LIMIT  "500"
#define FIRST_WAITAOF  702 /* Redis 7.2 */
#define PORT_MAX       65535
#define REPLICATED_KEY "assay:replicated"

/* The value of a line "name:value"; empty where there is none. */
static struct str info(struct str text, const char *name)
{
	size_t len = strlen(name);
	struct str line;

	while (str_next_line(&text, &line))
		if (line.len > len && line.data[len] == ':' && memcmp(line.data, name, len) == 0)
			return str_trim(str_from_offset(line, len + 1));
	return STR("");
}

static uint64_t info_number(struct str text, const char *name)
{
	uint64_t number = 0;

	str_to_uint(info(text, name), INT64_MAX, &number);
	return number;
}

/* "7.2.4" as 702. */
static unsigned version_number(struct str version)
{
	uint64_t major = 0, minor = 0;
	struct str piece;

	if (str_next_piece(&version, '.', &piece))
		str_to_uint(piece, 1000, &major);
	if (str_next_piece(&version, '.', &piece))
		str_to_uint(piece, 99, &minor);
	return (unsigned)(major * 100 + minor);
}

static bool set_address(struct redis_address *address, struct str host, struct str port)
{
	uint64_t number;

	if (host.len == 0 || host.len >= sizeof(address->host) ||
	    !str_to_uint(port, PORT_MAX, &number))
		return false;
	memcpy(address->host, host.data, host.len);
	address->host[host.len] = '\0';
	address->port = (int)number;
	return true;
}

/* "ip=10.0.0.2,port=6379,state=online,offset=…" */
static void add_peer(struct redis_facts *facts, struct str value)
{
	struct str piece, host = STR(""), port = STR("");

	while (str_next_piece(&value, ',', &piece)) {
		if (str_starts(piece, STR("ip=")))
			host = str_from_offset(piece, 3);
		if (str_starts(piece, STR("port=")))
			port = str_from_offset(piece, 5);
	}
	if (facts->peer_count < REDIS_PEERS &&
	    set_address(&facts->peers[facts->peer_count], host, port))
		facts->peer_count++;
}

static void read_replication(struct redis_facts *facts, struct str text)
{
	char name[16];

	facts->is_replica =
		str_eq(info(text, "role"), STR("slave")) &&
		set_address(&facts->primary, info(text, "master_host"), info(text, "master_port"));
	facts->has_replica = info_number(text, "connected_slaves") > 0;
	for (unsigned i = 0; i < 2 * REDIS_PEERS; i++) {
		snprintf(name, sizeof(name), "slave%u", i);
		add_peer(facts, info(text, name));
	}
}

static void doubt(struct redis_facts *facts, const char *what)
{
	size_t len = strlen(facts->doubt);

	snprintf(facts->doubt + len, sizeof(facts->doubt) - len, "%s%s", len > 0 ? "; " : "", what);
}

/* volatile-* takes only keys that are to end by themselves, and none of the records are. */
static void read_memory(struct redis_facts *facts, struct str text)
{
	struct str policy = info(text, "maxmemory_policy");

	facts->evicts = info_number(text, "maxmemory") > 0 && str_starts(policy, STR("allkeys"));
	if (facts->evicts)
		doubt(facts, "it removes records when its memory is full (maxmemory-policy "
		             "allkeys-…; set it to noeviction)");
}

/* "always", "everysec" …; empty where it may not be asked. In the arena. */
static struct str ask_appendfsync(struct redis_store *s, struct arena *arena)
{
	redisReply *reply = store_redis_ask(s, "CONFIG GET appendfsync");
	struct str value = STR("");

	if (reply != NULL && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
	    reply->element[1]->type == REDIS_REPLY_STRING)
		value = arena_str(arena,
		                  (struct str){ reply->element[1]->str, reply->element[1]->len });
	freeReplyObject(reply);
	return value;
}

static void read_persistence(struct redis_facts *facts, struct str text, struct str appendfsync)
{
	bool appends = info_number(text, "aof_enabled") > 0;
	bool fails = str_eq(info(text, "aof_last_write_status"), STR("err"));

	facts->is_synced = appends && !fails && str_eq(appendfsync, STR("always"));
	facts->can_sync =
		appends && !fails && version_number(info(text, "redis_version")) >= FIRST_WAITAOF;
	if (facts->is_synced || facts->can_sync)
		return;
	if (!appends)
		doubt(facts, "what it acknowledges is lost when its process ends (appendonly is "
		             "not yes)");
	else if (fails)
		doubt(facts, "it cannot write its append only file");
	else if (appendfsync.len == 0)
		doubt(facts, "it does not tell whether appendfsync is always");
	else
		doubt(facts, "what it acknowledged last is lost with its machine (appendfsync is "
		             "not always)");
}

/* Where the data has had replicas, one of them may be the primary by now. */
static bool read_replicated(struct redis_store *s, struct redis_facts *facts)
{
	int64_t replicated = 0;

	if (facts->is_replica || s->reader)
		return true;
	if (facts->has_replica)
		store_redis_run(s, "SET " REPLICATED_KEY " %s", "1");
	else
		store_redis_get(s, REPLICATED_KEY, &replicated);
	facts->replicated = facts->has_replica || replicated != 0;
	if (facts->replicated && !facts->has_replica)
		doubt(facts, "it has lost its replicas, of which one may take its place (if it is "
		             "to have none, DEL " REPLICATED_KEY ")");
	return s->redis != NULL;
}

bool store_redis_examine(struct redis_store *s, struct redis_facts *facts_r)
{
	struct arena *arena = arena_new();
	redisReply *reply = store_redis_ask(s, "INFO");
	struct str text = STR("");

	*facts_r = (struct redis_facts){ .evicts = false };
	if (reply != NULL && reply->type != REDIS_REPLY_ARRAY && reply->str != NULL)
		text = arena_str(arena, (struct str){ reply->str, reply->len });
	freeReplyObject(reply);
	if (text.len == 0)
		doubt(facts_r, "it does not tell how it is set up (INFO)");
	snprintf(facts_r->run_id, sizeof(facts_r->run_id), "%.*s",
	         STR_FMT(str_prefix(info(text, "run_id"), sizeof(facts_r->run_id) - 1)));
	read_replication(facts_r, text);
	read_memory(facts_r, text);
	read_persistence(facts_r, text, ask_appendfsync(s, arena));
	arena_free(arena);
	return s->redis != NULL && read_replicated(s, facts_r);
}

bool store_redis_is_sound(const struct redis_store *s)
{
	return s->facts.is_synced && !s->facts.replicated && !s->facts.evicts;
}

bool store_redis_is_safe(const struct redis_store *s)
{
	return store_redis_is_sound(s) && s->settled;
}

/* Everything that was sent through this connection is on that many disks, or replicas. */
static bool is_enough(struct redis_store *s, const char *command)
{
	redisReply *reply = store_redis_ask(s, command), *first = reply;
	bool ok;

	if (reply != NULL && reply->type == REDIS_REPLY_ARRAY && reply->elements > 0)
		first = reply->element[0];
	ok = first != NULL && first->type == REDIS_REPLY_INTEGER && first->integer >= 1;
	freeReplyObject(reply);
	return ok;
}

bool store_redis_is_confirmed(struct redis_store *s)
{
	const struct redis_facts *facts = &s->facts;

	if (facts->evicts || !(facts->is_synced || facts->can_sync))
		return false;
	if (!facts->is_synced && !is_enough(s, "WAITAOF 1 0 " CONFIRM_LIMIT))
		return false;
	return !facts->replicated || is_enough(s, "WAIT 1 " CONFIRM_LIMIT);
}
