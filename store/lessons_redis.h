/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of the Redis journal of lessons share: lessons_redis.c opens and reads,
 * lessons_redis_write.c adds and takes out, lessons_redis_hold.c
 * keeps what may be lost there. Nothing else includes this.
 */
#ifndef STORE_LESSONS_REDIS_H
#define STORE_LESSONS_REDIS_H

#include "store/lessons_private.h"
#include "store/store_redis.h"

struct redis_lessons {
	struct lessons lessons;
	struct redis_store store; /* for its connection, and what the server says of itself */
	struct lessons *held;     /* what it may lose; NULL: not opened */
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

/* True where the server may lose what it acknowledges. */
bool lessons_redis_holds(const struct redis_lessons *l);
/* Where it may, keeps rows on this host's disk, before they are sent; a message that is forgotten;
 * and the key. */
bool lessons_redis_hold(struct redis_lessons *l, const char *scope, const struct lesson_row *rows,
                        size_t count, struct error *err_r);
void lessons_redis_let_go(struct redis_lessons *l, const char *scope, const char *message);
bool lessons_redis_keep_key(struct redis_lessons *l, const unsigned char key[LEARN_KEY_BYTES],
                            struct error *err_r);
/* Teaches a server that was started anew what it has lost of that. */
bool lessons_redis_teach_again(struct redis_lessons *l, struct error *err_r);
/* Adds rows, wherever they may be lost. */
bool lessons_redis_send(struct redis_lessons *l, const char *scope, struct lesson_row *rows,
                        size_t count, enum lesson_outcome *outcomes_r, struct error *err_r);

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
