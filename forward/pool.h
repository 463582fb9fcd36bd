/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Open connections of a map that nobody uses at the moment. A thread takes one, or makes its own
 * where there is none, and gives it back while it is good. In the policy's arena, which closes them
 * at its end. Thread-safe; the lock is held for a few instructions only.
 */
#ifndef FORWARD_POOL_H
#define FORWARD_POOL_H

#include "base/arena.h"

struct pool;

struct pool *pool_new(struct arena *arena, void (*close)(void *connection));

/* The one that was given back last, or NULL. */
void *pool_take(struct pool *pool);
/* Keeps it, or closes it where there are many already. */
void pool_give(struct pool *pool, void *connection);

#endif
