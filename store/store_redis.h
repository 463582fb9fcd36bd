/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of the Redis store share: store_redis.c opens, store_redis_connect.c finds the
 * server to write to, store_redis_safety.c asks how far it can be believed, store_redis_hold.c
 * keeps what may yet be lost there, and the others write, read, remove what is old, and update what
 * an older version wrote. Nothing else includes this.
 */
#ifndef STORE_STORE_REDIS_H
#define STORE_STORE_REDIS_H

#include "base/redis_client.h"
#include "base/trouble.h"
#include "base/vec.h"
#include "store/journal.h"
#include "store/store_private.h"

struct redisReply;

#define REDIS_ADDRESS_SIZE 256
struct redis_address {
	char host[REDIS_ADDRESS_SIZE];
	int port;
};
#define REDIS_PEERS 4

/* What a server says of itself. */
struct redis_facts {
	char run_id[64];
	bool is_replica;
	struct redis_address primary; /* where it is one, and knows it */
	struct redis_address peers[REDIS_PEERS];
	size_t peer_count;
	/* What it acknowledged is on its disk; can be asked whether it is (WAITAOF). */
	bool is_synced, can_sync;
	bool evicts;     /* removes records where memory is short */
	bool replicated; /* another server may take its place: what that has counts */
	bool has_replica;
	char doubt[512]; /* what is wrong, for people; or "" */
};

struct redis_store {
	struct store store;
	struct arena *arena; /* for the URI */
	struct redis_uri uri;
	bool reader;
	bool has_lessons;           /* it is of a journal of lessons, which keeps no copies here */
	struct redis_client *redis; /* NULL while not connected */
	struct arena *place;        /* for the next, anew with each connection */
	struct redis_uri at;        /* where it is connected to: `uri`, or where that led */
	struct redis_facts facts;   /* of that, or of the last one */
	char doubt[700];            /* for store_doubt() */
	char said[700];             /* of it, what the log has */
	int64_t connected_us;       /* monotonic clock */
	int64_t examined_us;        /* when it was asked for the facts */
	int64_t ask_sentinels_us;   /* not before */
	int64_t retry_at_us;
	struct journal *journal; /* what the server doesn't have yet; NULL if opened for reading */
	struct journal *held;    /* what it has got, and may yet lose */
	int64_t hold_us;         /* how long, where it never becomes sure */
	int64_t settle_us;       /* how long a connection lasts until it is believed */
	bool checking;           /* `held` is being compared with what is there */
	int64_t check_began_us;
	int64_t checked;    /* … up to this position */
	bool settled;       /* … since the connection proved to last */
	int64_t check_us;   /* when to do so again */
	int64_t step_us;    /* when to look at `held` again, between writes */
	struct error error; /* why it is not connected, or what the last command said */
};

#define REDIS_STORE_SCHEMA      3
#define REDIS_STORE_SCHEMA_TEXT "3"

/* False with the reason in `error`; a server that is down is asked once a second at most. For
 * writing, it is one that can be written to, and the facts are no older than an hour. */
bool store_redis_connect(struct redis_store *s);
/* The reply of a command, or NULL with the reason; then the connection is closed where it is of no
 * use, as where the server has become a replica. */
struct redisReply *store_redis_ask(struct redis_store *s, const char *format, ...);
/* What a command gave, checked in the same way; NULL for none: `error` says why. */
struct redisReply *store_redis_checked(struct redis_store *s, struct redisReply *reply);
/* False: `error` gets what the server said; where it has become a replica, the connection is
 * closed. */
bool store_redis_refused(struct redis_store *s, const char *why);
/* Is a reply of this type, one of hiredis's REDIS_REPLY_…? Else false, and `error` says so:
 * somebody else has written under our names. */
bool store_redis_is(struct redis_store *s, const struct redisReply *reply, int type);
/* A command with one argument whose reply tells nothing. */
bool store_redis_run(struct redis_store *s, const char *format, const char *argument);
/* A number; 0 where there is none. False with the reason where Redis did not say. */
bool store_redis_get(struct redis_store *s, const char *name, int64_t *value_r);

/* Asks a server for its facts; those that it may not tell count as bad. False with the reason where
 * there is no answer. */
bool store_redis_examine(struct redis_store *s, struct redis_facts *facts_r);
/* True where what it acknowledges is safe there, if it is the right one. */
bool store_redis_is_sound(const struct redis_store *s);
/* The same where it has proved to be: no copy is needed. */
bool store_redis_is_safe(const struct redis_store *s);
/* True where the server can confirm that what it got is safe; asks it. */
bool store_redis_is_confirmed(struct redis_store *s);

/* Keeps those of the records that matter, before they are sent; true without any, or where none
 * need be kept. */
bool store_redis_hold(struct redis_store *s, const struct record *records, size_t count,
                      struct error *err_r);
/* The same for one of any kind. */
bool store_redis_hold_one(struct redis_store *s, const struct record *record, struct error *err_r);
/* A step of comparing what is held with what is there; what is safe is let go. For a connected
 * store. */
bool store_redis_check_held(struct redis_store *s);

/* Sends records to Redis; false where it did not take them, and then `error` says why. */
bool store_redis_send(struct redis_store *s, const struct record *records, size_t count);

/* Reads the version, and updates what is older where it was opened for writing. */
bool store_redis_check_schema(struct redis_store *s);

/* A script and what it gets. */
struct redis_arguments {
	struct arena *arena;
	vec_of(const char *) texts;
	vec_of(size_t) lengths;
};
void store_redis_arguments_init(struct redis_arguments *arguments, struct arena *arena,
                                const char *script);
void store_redis_arguments_add(struct redis_arguments *arguments, struct str text);
/* True without arguments; else what the server says. */
bool store_redis_arguments_run(struct redis_store *s, struct redis_arguments *arguments);

/* Names of sorted sets; empty for an empty value. */
struct str store_redis_index(struct arena *arena, const char *name, enum record_kind kind,
                             const char *value);
struct str store_redis_kind_index(struct arena *arena, enum record_kind kind);
struct str store_redis_message_index(struct arena *arena, const char *id);
#define REDIS_STORE_INDEXES 8
/* All that have a record's id; "" for none. */
void store_redis_indexes(struct arena *arena, const struct record *record,
                         struct str indexes[REDIS_STORE_INDEXES]);
/* About how much memory a record takes. */
int64_t store_redis_cost(struct arena *arena, const struct record *record);

bool store_redis_remove(struct redis_store *s, const struct record *records, size_t count,
                        struct error *err_r);
struct redis_id {
	int64_t id;
	int64_t time_us;
};
struct redis_ids {
	vec_members(struct redis_id);
};
/* Appends the ids of a sorted set between two times, the oldest first; `limit` 0: all. */
bool store_redis_list(struct redis_store *s, struct arena *arena, struct str index,
                      const int64_t range_us[2], size_t limit, struct redis_ids *ids);
/* The same, the newest first; all that have the time of the last one are among them. *oldest_r is
 * that time where there may be older ones, else INT64_MIN. */
bool store_redis_list_newest(struct redis_store *s, struct arena *arena, struct str index,
                             const int64_t range_us[2], size_t some, struct redis_ids *ids,
                             int64_t *oldest_r);
void store_redis_ids_sort(struct redis_ids *ids);
/* Asks for records; store_redis_fetched() gives what was asked for first. NULL with the reason;
 * elements of the reply are nil where one has gone meanwhile. */
bool store_redis_fetch(struct redis_store *s, const struct redis_id *ids, size_t count);
struct redisReply *store_redis_fetched(struct redis_store *s);

/* As in struct store_backend. */
bool store_redis_write(struct store *store, const struct record *records, size_t count,
                       struct error *err_r);
bool store_redis_has_backlog(const struct store *store);
/* That it can't be reached. */
extern struct trouble store_redis_absence;
int64_t store_redis_backlog_bytes(const struct store *store);
const char *store_redis_doubt(struct store *store);
bool store_redis_retract(struct store *store, const struct record *records, size_t count,
                         struct error *err_r);
bool store_redis_expire(struct store *store, const struct store_retention *retention, size_t limit,
                        struct store_expiry *expiry_r, struct error *err_r);
bool store_redis_read(struct store *store, const struct store_query *query, store_visit *visit,
                      void *context, struct error *err_r);
bool store_redis_read_groups(struct store *store, const struct store_query *query,
                             store_visit_group *visit, void *context, struct error *err_r);
bool store_redis_read_ids(struct store *store, const int64_t *ids, size_t count, store_visit *visit,
                          void *context, struct error *err_r);
bool store_redis_count_spans(struct store *store, enum record_kind kind, const char *account,
                             const int64_t *bounds_us, size_t span_count, int64_t *counts_r,
                             struct error *err_r);
bool store_redis_first_id(struct store *store, int64_t since_us, int64_t *id_r,
                          struct error *err_r);
bool store_redis_newest_id(struct store *store, int64_t *id_r, struct error *err_r);
bool store_redis_read_counts(struct store *store, int64_t since_us, const char *domain,
                             store_visit_count *visit, void *context, struct error *err_r);
/* Removes the counts of hours before a time. */
void store_redis_expire_counts(struct redis_store *s, int64_t before_us);

#endif
