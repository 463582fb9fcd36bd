/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of the Redis store share: store_redis.c connects, and the others write, read,
 * remove what is old, and update what an older version wrote. Nothing else includes this.
 */
#ifndef STORE_STORE_REDIS_H
#define STORE_STORE_REDIS_H

#include "base/redis_uri.h"
#include "base/vec.h"
#include "store/journal.h"
#include "store/store_private.h"

struct redisContext;
struct redisReply;

struct redis_store {
	struct store store;
	struct arena *arena; /* for the URI */
	struct redis_uri uri;
	struct redisContext *redis; /* NULL while not connected */
	struct journal *journal;    /* NULL where it was opened for reading */
	int64_t retry_at_us;
	struct error error; /* why it is not connected, or what the last command said */
};

#define REDIS_STORE_SCHEMA      3
#define REDIS_STORE_SCHEMA_TEXT "3"

/* False with the reason in `error`; a server that is down is asked once a second at most. */
bool redis_store_connect(struct redis_store *s);
/* The reply, or NULL with the reason; then the connection is closed where it is of no use. */
struct redisReply *redis_store_checked(struct redis_store *s, struct redisReply *reply);
/* A command with one argument whose reply tells nothing. */
bool redis_store_run(struct redis_store *s, const char *format, const char *argument);
/* A number; 0 where there is none. False with the reason where Redis did not say. */
bool redis_store_get(struct redis_store *s, const char *name, int64_t *value_r);

/* Reads the version, and updates what is older where it was opened for writing. */
bool redis_store_check_schema(struct redis_store *s);

/* A script and what it gets. */
struct redis_arguments {
	struct arena *arena;
	vec_of(const char *) texts;
	vec_of(size_t) lengths;
};
void redis_arguments_init(struct redis_arguments *arguments, struct arena *arena,
                          const char *script);
void redis_arguments_add(struct redis_arguments *arguments, struct str text);
/* True without arguments; else what the server says. */
bool redis_arguments_run(struct redis_store *s, struct redis_arguments *arguments);

/* Names of sorted sets; empty for an empty value. */
struct str redis_store_index(struct arena *arena, const char *name, enum record_kind kind,
                             const char *value);
struct str redis_store_kind_index(struct arena *arena, enum record_kind kind);
struct str redis_store_message_index(struct arena *arena, const char *id);
#define REDIS_STORE_INDEXES 8
/* All that have a record's id; "" for none. */
void redis_store_indexes(struct arena *arena, const struct record *record,
                         struct str indexes[REDIS_STORE_INDEXES]);
/* About how much memory a record takes. */
int64_t redis_store_cost(struct arena *arena, const struct record *record);

bool redis_store_remove(struct redis_store *s, const struct record *records, size_t count,
                        struct error *err_r);

struct redis_id {
	int64_t id;
	int64_t time_us;
};
struct redis_ids {
	struct redis_id *items;
	size_t len;
	size_t cap;
};
/* Appends the ids of a sorted set between two times, the oldest first; `limit` 0: all. */
bool redis_store_list(struct redis_store *s, struct arena *arena, struct str index,
                      const int64_t range_us[2], size_t limit, struct redis_ids *ids);
void redis_ids_sort(struct redis_ids *ids);
/* Asks for records; redis_store_fetched() gives what was asked for first. NULL with the reason;
 * elements of the reply are nil where one has gone meanwhile. */
bool redis_store_fetch(struct redis_store *s, const struct redis_id *ids, size_t count);
struct redisReply *redis_store_fetched(struct redis_store *s);

/* As in struct store_backend. */
bool redis_store_write(struct store *store, const struct record *records, size_t count,
                       struct error *err_r);
bool redis_store_has_backlog(const struct store *store);
bool redis_store_retract(struct store *store, const struct record *records, size_t count,
                         struct error *err_r);
bool redis_store_expire(struct store *store, const struct store_retention *retention, size_t limit,
                        struct store_expiry *expiry_r, struct error *err_r);
bool redis_store_read(struct store *store, const struct store_query *query, store_visit *visit,
                      void *context, struct error *err_r);
bool redis_store_read_groups(struct store *store, const struct store_query *query,
                             store_visit_group *visit, void *context, struct error *err_r);
bool redis_store_newest_id(struct store *store, int64_t *id_r, struct error *err_r);
bool redis_store_read_counts(struct store *store, int64_t since_us, const char *domain,
                             store_visit_count *visit, void *context, struct error *err_r);
/* Removes the counts of hours before a time. */
void redis_store_expire_counts(struct redis_store *s, int64_t before_us);

#endif
