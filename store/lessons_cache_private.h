/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of the cache share: lessons_cache.c is what messages call, lessons_keeper.c the
 * thread. Nothing else includes this.
 */
#ifndef STORE_LESSONS_CACHE_PRIVATE_H
#define STORE_LESSONS_CACHE_PRIVATE_H

#include <pthread.h>

#include "scoring/autolearn.h"
#include "store/lessons_cache_settings.h"
#include "store/lessons_model.h"

/* A model that messages use. */
struct lessons_held {
	struct model *model;
	unsigned pins; /* one of them is the scope's */
};

/* A scope that has enough to count. Entries are never removed, only their models. */
struct cached_scope {
	const char *name;
	bool wanted;                /* a message has asked for it */
	bool tried;                 /* it was loaded, or couldn't be */
	struct lessons_held *held;  /* NULL: not loaded */
	int64_t used_us;            /* when a message last asked for it, monotonic clock */
	struct lessons_model model; /* the thread's: its `model` is that of `held` */
};

/* A row that waits to be written. */
struct waiting_row {
	struct waiting_row *next;
	struct arena *arena; /* of all of it */
	const char *scope;
	struct lesson_row row;
};
#define WAITING_MAX 1000

struct lessons_cache {
	struct lessons_cache_settings settings;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Under the lock. */
	struct arena *arena;
	struct map *scopes; /* by name: struct cached_scope */
	bool has_narrower;  /* any but the site's */
	bool has_key;
	struct learn_key key;
	bool has_taught;
	struct autolearn_taught taught; /* the site */
	bool settled, stop;
	struct waiting_row *first, **end;
	size_t waiting;
	/* The thread's. */
	struct lessons *lessons;
	char trouble[sizeof(((struct error *)NULL)->text)]; /* as it was said; or "" */
	bool count_due;                                     /* `taught` may not be true any more */
	int64_t count_us;
	bool wrote;                  /* rows that the models don't have yet */
	int64_t retry_us, expire_us; /* monotonic clock */
};

/* With the lock held. */
void lessons_cache_release(struct lessons_held *held);
/* NULL where it isn't known. */
struct cached_scope *lessons_cache_find(struct lessons_cache *cache, const char *name);
struct cached_scope *lessons_cache_add(struct lessons_cache *cache, const char *name);
/* Counts a row that waits to be written: of two that come at once, the second knows of the first.
 */
void lessons_cache_note(struct lessons_cache *cache, const char *scope,
                        const struct lesson_row *row);

/* The thread: `context` is the cache. */
void *lessons_keeper_run(void *context);

#endif
