/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the two halves of the Redis store share: store_redis.c connects and writes,
 * store_redis_read.c reads and expires. Nothing else includes this.
 */
#ifndef STORE_STORE_REDIS_H
#define STORE_STORE_REDIS_H

#include "base/redis_uri.h"
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

/* False with the reason in `error`; a server that is down is asked once a second at most. */
bool redis_store_connect(struct redis_store *s);
/* The reply, or NULL with the reason; then the connection is closed where it is of no use. */
struct redisReply *redis_store_checked(struct redis_store *s, struct redisReply *reply);

/* Names of sorted sets; empty for an empty value. */
struct str redis_store_index(struct arena *arena, const char *prefix, const char *value);
struct str redis_store_kind_index(struct arena *arena, enum record_kind kind);
struct str redis_store_message_index(struct arena *arena, const char *id);

bool redis_store_remove(struct redis_store *s, const struct record *records, size_t count,
                        struct error *err_r);

/* As in struct store_backend. */
bool redis_store_expire(struct store *store, int64_t before_us, size_t limit, size_t *removed_r,
                        struct error *err_r);
bool redis_store_read(struct store *store, const struct store_query *query, store_visit *visit,
                      void *context, struct error *err_r);
bool redis_store_newest_id(struct store *store, int64_t *id_r, struct error *err_r);
bool redis_store_read_counts(struct store *store, int64_t since_us, const char *domain,
                             store_visit_count *visit, void *context, struct error *err_r);

#endif
