/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/scanner.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct scanner_pool {
	pthread_mutex_t lock;
	pthread_cond_t returned;
	struct scanner *free;
	unsigned size;
	unsigned borrowed;
	struct scanner_shape shape;
};

struct scanner_pool *scanner_pool_new(unsigned size, const struct scanner_shape *shape)
{
	struct scanner_pool *pool = memory_calloc(1, sizeof(*pool));
	pthread_condattr_t attributes;

	pool->size = size > 0 ? size : 1;
	pool->shape = *shape;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&pool->returned, &attributes);
	pthread_condattr_destroy(&attributes);
	return pool;
}

static struct scanner *scanner_new(const struct scanner_shape *shape)
{
	struct scanner *scanner = memory_calloc(1, sizeof(*scanner));

	scanner->matcher = pattern_matcher_new(shape->match_limit);
	scanner->scratch = prefilter_scratch_new();
	for (size_t i = 0; i < shape->prefilter_count; i++)
		if (shape->prefilters[i] != NULL)
			prefilter_scratch_fit(scanner->scratch, shape->prefilters[i]);
	scanner->slots = shape->slots;
	scanner->values = memory_calloc(shape->slots, sizeof(*scanner->values));
	scanner->matched = memory_calloc(shape->slots, sizeof(*scanner->matched));
	scanner->field_count = shape->fields;
	scanner->fields = memory_calloc(shape->fields, sizeof(*scanner->fields));
	return scanner;
}

static void scanner_free(struct scanner *scanner)
{
	pattern_matcher_free(scanner->matcher);
	prefilter_scratch_free(scanner->scratch);
	free(scanner->values);
	free(scanner->matched);
	free(scanner->fields);
	free(scanner);
}

static void scanner_clean(struct scanner *scanner)
{
	memset(scanner->values, 0, scanner->slots * sizeof(*scanner->values));
	memset(scanner->matched, 0, scanner->slots * sizeof(*scanner->matched));
	memset(scanner->fields, 0, scanner->field_count * sizeof(*scanner->fields));
}

void scanner_pool_free(struct scanner_pool *pool)
{
	if (pool == NULL)
		return;
	assert(pool->borrowed == 0);
	while (pool->free != NULL) {
		struct scanner *next = pool->free->next;

		scanner_free(pool->free);
		pool->free = next;
	}
	pthread_cond_destroy(&pool->returned);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

/* With the lock held: waits until one may be taken; false where the deadline came first. */
static bool wait_for_turn(struct scanner_pool *pool, struct deadline deadline)
{
	struct timespec until = deadline_timespec(deadline);

	while (pool->borrowed == pool->size)
		if (pthread_cond_timedwait(&pool->returned, &pool->lock, &until) == ETIMEDOUT &&
		    pool->borrowed == pool->size)
			return false;
	return true;
}

struct scanner *scanner_borrow(struct scanner_pool *pool, struct deadline deadline)
{
	struct scanner *scanner = NULL;
	bool make = false;

	pthread_mutex_lock(&pool->lock);
	if (wait_for_turn(pool, deadline)) {
		pool->borrowed++;
		scanner = pool->free;
		if (scanner != NULL)
			pool->free = scanner->next;
		else
			make = true;
	}
	pthread_mutex_unlock(&pool->lock);
	if (make)
		scanner = scanner_new(&pool->shape);
	if (scanner != NULL)
		scanner_clean(scanner);
	return scanner;
}

void scanner_return(struct scanner_pool *pool, struct scanner *scanner)
{
	pthread_mutex_lock(&pool->lock);
	assert(pool->borrowed > 0);
	pool->borrowed--;
	scanner->next = pool->free;
	pool->free = scanner;
	pthread_cond_signal(&pool->returned);
	pthread_mutex_unlock(&pool->lock);
}
