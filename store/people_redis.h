/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of people in Redis share: people_redis.c opens, reads and learns,
 * people_redis_lists.c reads and changes lists. Nothing else includes this.
 */
#ifndef STORE_PEOPLE_REDIS_H
#define STORE_PEOPLE_REDIS_H

#include "base/redis_client.h"
#include "store/people_private.h"

struct redisReply;

#define PEOPLE_REDIS_LIST  "assay:people:list:"
#define PEOPLE_REDIS_GLOBS "assay:people:globs:"

struct people_redis {
	struct people_store store;
	struct arena *arena;
	struct redis_uri uri;
	struct redis_client *client;
	int64_t keep_s;
};

/* A command, word by word. */
struct people_redis_command {
	struct arena *arena;
	vec_of(const char *) texts;
	vec_of(size_t) lengths;
};

/* With its name and the key, which is `prefix` and `name`. */
struct people_redis_command people_redis_command(struct arena *arena, const char *command,
                                                 const char *prefix, struct str name);
void people_redis_add(struct people_redis_command *command, struct str word);
/* The answer, to be freed; NULL with the reason. */
struct redisReply *people_redis_ask(struct people_redis *s,
                                    const struct people_redis_command *command,
                                    struct error *err_r);
/* The same where the answer tells nothing. */
bool people_redis_run(struct people_redis *s, const struct people_redis_command *command,
                      struct error *err_r);
/* A string, in the arena; or empty. */
struct str people_redis_text(struct arena *arena, const struct redisReply *reply);

/* Appends the entries in an answer: all of a hash, or values of these patterns. */
void people_redis_take_hash(struct arena *arena, struct str scope, const struct redisReply *reply,
                            struct people_entry_list *entries);
void people_redis_take_values(struct arena *arena, struct str scope,
                              const struct str_list *patterns, const struct redisReply *reply,
                              struct people_entry_list *entries);

/* As in struct people_backend. */
bool people_redis_enter(struct people_store *store, const struct people_entry *entry,
                        bool *changed_r, struct error *err_r);
bool people_redis_remove(struct people_store *store, const struct people_entry *entry,
                         bool *changed_r, struct error *err_r);
bool people_redis_show(struct people_store *store, struct arena *arena, enum people_list list,
                       const struct str *scope, struct people_entry_list *entries_r,
                       struct error *err_r);

#endif
