/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of the Redis journal of lessons share: lessons_redis.c opens and reads,
 * lessons_redis_write.c adds and takes out. Nothing else includes this.
 */
#ifndef STORE_LESSONS_REDIS_H
#define STORE_LESSONS_REDIS_H

#include "store/lessons_private.h"
#include "store/store_redis.h"

struct redis_lessons {
	struct lessons lessons;
	struct redis_store store; /* for its connection, and what the server says of itself */
	char seen[48];            /* the newest of assay:lesson:changes, for lessons_wait() */
};

/* The reply of a connected server, or NULL with the reason. */
struct redisReply *lessons_redis_ask(struct redis_lessons *l, struct error *err_r,
                                     const struct redis_arguments *arguments);
/* Texts of a command, in the arena. */
struct redis_arguments lessons_redis_command(struct arena *arena, const char *const *words,
                                             size_t count);
/* The name of a key of a scope, in the arena: of its "rows", "ids" or "state". */
struct str lessons_redis_key_name(struct arena *arena, const char *what, const char *scope);

/* As in struct lessons_backend. */
bool lessons_redis_take_key(struct lessons *lessons, const unsigned char key[LEARN_KEY_BYTES],
                            struct error *err_r);
bool lessons_redis_add(struct lessons *lessons, const char *scope, struct lesson_row *rows,
                       size_t count, enum lesson_outcome *outcomes_r, struct error *err_r);
bool lessons_redis_forget(struct lessons *lessons, const char *scope, const char *message,
                          bool *found_r, struct error *err_r);
bool lessons_redis_set_aside(struct lessons *lessons, const char *scope, struct lessons_position at,
                             struct error *err_r);
bool lessons_redis_expire(struct lessons *lessons, const char *scope,
                          const struct lessons_limits *limits, size_t *dropped_r,
                          struct error *err_r);
bool lessons_redis_read(struct lessons *lessons, const char *scope, struct lessons_position from,
                        lessons_visit *visit, void *context, struct error *err_r);
bool lessons_redis_read_state(struct lessons *lessons, const char *scope,
                              struct lessons_state *state_r, struct error *err_r);

#endif
