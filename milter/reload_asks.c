/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/reload_asks.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"

struct reload_ask {
	struct reload_ask *next;
	bool force;
	bool dropped;
	struct arena *arena; /* of the result; NULL: it wasn't done yet */
	struct reload_result result;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct reload_ask *queue;

struct reload_ask *reload_asks_add(bool force)
{
	struct reload_ask *ask = memory_calloc(1, sizeof(*ask)), **end = &queue;

	ask->force = force;
	pthread_mutex_lock(&lock);
	while (*end != NULL)
		end = &(*end)->next;
	*end = ask;
	pthread_mutex_unlock(&lock);
	return ask;
}

bool reload_asks_done(struct reload_ask *ask, struct arena *arena, struct reload_result *result_r)
{
	bool done;

	pthread_mutex_lock(&lock);
	done = ask->arena != NULL;
	pthread_mutex_unlock(&lock);
	if (done)
		*result_r = reload_result_copy(arena, &ask->result);
	return done;
}

static void free_ask(struct reload_ask *ask)
{
	arena_free(ask->arena);
	free(ask);
}

void reload_asks_drop(struct reload_ask *ask)
{
	bool done;

	if (ask == NULL)
		return;
	pthread_mutex_lock(&lock);
	ask->dropped = true;
	done = ask->arena != NULL;
	pthread_mutex_unlock(&lock);
	if (done)
		free_ask(ask);
}

struct reload_ask *reload_asks_take(bool *force_r)
{
	struct reload_ask *taken, **end = &taken;

	pthread_mutex_lock(&lock);
	taken = queue;
	*force_r = taken != NULL && taken->force;
	while (*end != NULL && (*end)->force == *force_r)
		end = &(*end)->next;
	queue = *end;
	*end = NULL;
	pthread_mutex_unlock(&lock);
	return taken;
}

void reload_asks_finish(struct reload_ask *taken, const struct reload_result *result)
{
	struct reload_ask *next;
	bool dropped;

	for (; taken != NULL; taken = next) {
		struct arena *arena = arena_new();

		next = taken->next;
		taken->result = reload_result_copy(arena, result);
		pthread_mutex_lock(&lock);
		taken->arena = arena;
		dropped = taken->dropped;
		pthread_mutex_unlock(&lock);
		if (dropped)
			free_ask(taken);
	}
}
