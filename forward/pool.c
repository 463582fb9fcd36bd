/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/pool.h"

#include <pthread.h>

/* More than this do not wait for work; busier moments open some of their own. */
#define IDLE_MAX 16

struct pool {
	pthread_mutex_t lock;
	void (*close)(void *connection);
	void *idle[IDLE_MAX];
	size_t count;
};

static void free_pool(void *object)
{
	struct pool *pool = object;

	while (pool->count > 0)
		pool->close(pool->idle[--pool->count]);
	pthread_mutex_destroy(&pool->lock);
}

struct pool *pool_new(struct arena *arena, void (*close)(void *connection))
{
	struct pool *pool = arena_new_object(arena, struct pool);

	pthread_mutex_init(&pool->lock, NULL);
	pool->close = close;
	arena_at_free(arena, free_pool, pool);
	return pool;
}

void *pool_take(struct pool *pool)
{
	void *connection = NULL;

	pthread_mutex_lock(&pool->lock);
	if (pool->count > 0)
		connection = pool->idle[--pool->count];
	pthread_mutex_unlock(&pool->lock);
	return connection;
}

void pool_give(struct pool *pool, void *connection)
{
	bool kept;

	pthread_mutex_lock(&pool->lock);
	kept = pool->count < IDLE_MAX;
	if (kept)
		pool->idle[pool->count++] = connection;
	pthread_mutex_unlock(&pool->lock);
	if (!kept)
		pool->close(connection);
}
