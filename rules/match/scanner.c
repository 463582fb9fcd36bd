/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/match/scanner.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct scanner_pool {
	struct semaphore *semaphore; /* one per scanner */
	pthread_mutex_t lock;
	struct scanner *free;
	struct scanner_shape shape;
};

struct scanner_pool *scanner_pool_new(unsigned size, const struct scanner_shape *shape)
{
	struct scanner_pool *pool = memory_calloc(1, sizeof(*pool));

	pool->semaphore = semaphore_new(size);
	pool->shape = *shape;
	pthread_mutex_init(&pool->lock, NULL);
	return pool;
}

static size_t pending_words(const struct scanner_shape *shape)
{
	return shape->metas / 64 + 1;
}

static struct scanner *scanner_new(const struct scanner_shape *shape)
{
	struct scanner *scanner = memory_calloc(1, sizeof(*scanner));
	size_t slots = shape->slots;

	scanner->matcher = pattern_matcher_new(shape->match_limit);
	scanner->scratch = prefilter_scratch_new();
	for (size_t i = 0; i < shape->prefilter_count; i++)
		prefilter_scratch_fit(scanner->scratch, shape->prefilters[i]);
	scanner->tristates = memory_calloc(slots, sizeof(*scanner->tristates));
	scanner->ranges = memory_calloc(slots, sizeof(*scanner->ranges));
	scanner->touched = memory_calloc(slots, sizeof(*scanner->touched));
	scanner->matched = memory_calloc(slots, sizeof(*scanner->matched));
	scanner->candidates = memory_calloc(slots, sizeof(*scanner->candidates));
	scanner->candidate_slots = memory_calloc(slots, sizeof(*scanner->candidate_slots));
	scanner->pending = memory_calloc(pending_words(shape), sizeof(*scanner->pending));
	scanner->step_ranges = memory_calloc(shape->meta_steps, sizeof(*scanner->step_ranges));
	scanner->step_tristates =
		memory_calloc(shape->meta_steps, sizeof(*scanner->step_tristates));
	scanner->refreshed = memory_calloc(shape->metas, sizeof(*scanner->refreshed));
	scanner->wanted = memory_calloc(shape->metas, sizeof(*scanner->wanted));
	scanner->fields = memory_calloc(shape->fields, sizeof(*scanner->fields));
	if (shape->profile)
		scanner->costs = memory_calloc(slots, sizeof(*scanner->costs));
	return scanner;
}

static void scanner_free(struct scanner *scanner)
{
	free(scanner->costs);
	pattern_matcher_free(scanner->matcher);
	prefilter_scratch_free(scanner->scratch);
	free(scanner->tristates);
	free(scanner->ranges);
	free(scanner->touched);
	free(scanner->matched);
	free(scanner->candidates);
	free(scanner->candidate_slots);
	free(scanner->pending);
	free(scanner->step_ranges);
	free(scanner->step_tristates);
	free(scanner->refreshed);
	free(scanner->wanted);
	free(scanner->fields);
	free(scanner);
}

/* Clears only what the last message left, since there are many more rules than hits. */
static void scanner_clean(struct scanner *scanner, const struct scanner_shape *shape)
{
	pattern_matcher_reset(scanner->matcher);
	for (size_t i = 0; i < scanner->touched_count; i++) {
		scanner->tristates[scanner->touched[i]] = TRISTATE_NO;
		scanner->ranges[scanner->touched[i]] = (struct range){ 0, 0 };
		scanner->matched[scanner->touched[i]] = (struct str){ 0 };
	}
	for (size_t i = 0; i < scanner->candidate_count; i++)
		scanner->candidates[scanner->candidate_slots[i]] = (struct candidate){ 0 };
	scanner->touched_count = scanner->candidate_count = scanner->wanted_count = 0;
	scanner->deciding = false;
	if (shape->pending_metas != NULL)
		memcpy(scanner->pending, shape->pending_metas,
		       pending_words(shape) * sizeof(*scanner->pending));
	memset(scanner->fields, 0, shape->fields * sizeof(*scanner->fields));
}

void scanner_touch(struct scanner *scanner, size_t slot)
{
	/* Any text, even an empty one, says that the slot is in the list. */
	if (scanner->matched[slot].data != NULL)
		return;
	scanner->matched[slot].data = "";
	scanner->touched[scanner->touched_count++] = (uint32_t)slot;
}

void scanner_pool_free(struct scanner_pool *pool)
{
	if (pool == NULL)
		return;
	semaphore_free(pool->semaphore);
	while (pool->free != NULL) {
		struct scanner *next = pool->free->next;

		scanner_free(pool->free);
		pool->free = next;
	}
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

void scanner_pool_count(struct scanner_pool *pool, struct semaphore_counts *counts_r)
{
	semaphore_count(pool->semaphore, counts_r);
}

struct scanner *scanner_borrow(struct scanner_pool *pool, struct deadline deadline)
{
	struct scanner *scanner;
	struct semaphore_permit permit;

	if (!semaphore_acquire(&permit, pool->semaphore, deadline))
		return NULL;
	pthread_mutex_lock(&pool->lock);
	scanner = pool->free;
	if (scanner != NULL)
		pool->free = scanner->next;
	pthread_mutex_unlock(&pool->lock);
	if (scanner == NULL)
		scanner = scanner_new(&pool->shape);
	scanner->permit = permit;
	scanner_clean(scanner, &pool->shape);
	return scanner;
}

void scanner_return(struct scanner_pool *pool, struct scanner *scanner)
{
	struct semaphore_permit permit = scanner->permit;

	pthread_mutex_lock(&pool->lock);
	scanner->next = pool->free;
	pool->free = scanner;
	pthread_mutex_unlock(&pool->lock);
	semaphore_release(&permit);
}

/* By place in the list of touched slots, or of slots that have candidates. */
struct parked_value {
	uint32_t slot;
	unsigned char tristate;
	struct range range;
	struct str matched;
};
struct parked_candidate {
	uint32_t slot;
	struct candidate candidate;
};

struct parked_scanner {
	struct parked_value *values;
	size_t value_count;
	struct parked_candidate *candidates;
	size_t candidate_count;
	uint64_t *pending;
	struct field_value *fields;
	unsigned halvings; /* of the match limit */
};

static void park_values(const struct scanner *scanner, struct arena *arena,
                        struct parked_scanner *parked)
{
	parked->value_count = scanner->touched_count;
	parked->values = arena_alloc(arena, parked->value_count * sizeof(*parked->values));
	for (size_t i = 0; i < parked->value_count; i++) {
		uint32_t slot = scanner->touched[i];

		parked->values[i] =
			(struct parked_value){ slot, scanner->tristates[slot],
			                       scanner->ranges[slot], scanner->matched[slot] };
	}
	parked->candidate_count = scanner->candidate_count;
	parked->candidates =
		arena_alloc(arena, parked->candidate_count * sizeof(*parked->candidates));
	for (size_t i = 0; i < parked->candidate_count; i++) {
		uint32_t slot = scanner->candidate_slots[i];

		parked->candidates[i] =
			(struct parked_candidate){ slot, scanner->candidates[slot] };
	}
}

static void resume_values(struct scanner *scanner, const struct parked_scanner *parked)
{
	for (size_t i = 0; i < parked->value_count; i++) {
		const struct parked_value *value = &parked->values[i];

		scanner->touched[i] = value->slot;
		scanner->tristates[value->slot] = value->tristate;
		scanner->ranges[value->slot] = value->range;
		scanner->matched[value->slot] = value->matched;
	}
	scanner->touched_count = parked->value_count;
	for (size_t i = 0; i < parked->candidate_count; i++) {
		scanner->candidate_slots[i] = parked->candidates[i].slot;
		scanner->candidates[parked->candidates[i].slot] = parked->candidates[i].candidate;
	}
	scanner->candidate_count = parked->candidate_count;
}

static void *copy_of(struct arena *arena, const void *items, size_t count, size_t size)
{
	void *copy = arena_alloc(arena, count * size);

	if (count > 0)
		memcpy(copy, items, count * size);
	return copy;
}

struct parked_scanner *scanner_park(struct scanner_pool *pool, struct scanner *scanner,
                                    struct arena *arena)
{
	const struct scanner_shape *shape = &pool->shape;
	struct parked_scanner *parked = arena_new_object(arena, struct parked_scanner);

	park_values(scanner, arena, parked);
	parked->pending =
		copy_of(arena, scanner->pending, pending_words(shape), sizeof(*parked->pending));
	parked->fields = copy_of(arena, scanner->fields, shape->fields, sizeof(*parked->fields));
	parked->halvings = pattern_matcher_halvings(scanner->matcher);
	scanner_return(pool, scanner);
	return parked;
}

struct scanner *scanner_resume(struct scanner_pool *pool, const struct parked_scanner *parked,
                               struct deadline deadline)
{
	const struct scanner_shape *shape = &pool->shape;
	struct scanner *scanner = scanner_borrow(pool, deadline);

	if (scanner == NULL)
		return NULL;
	resume_values(scanner, parked);
	memcpy(scanner->pending, parked->pending, pending_words(shape) * sizeof(*parked->pending));
	if (shape->fields > 0)
		memcpy(scanner->fields, parked->fields, shape->fields * sizeof(*parked->fields));
	for (unsigned i = 0; i < parked->halvings; i++)
		pattern_matcher_halve_limit(scanner->matcher);
	return scanner;
}

void scanner_pool_add_costs(struct scanner_pool *pool, struct rule_cost *costs)
{
	pthread_mutex_lock(&pool->lock);
	for (const struct scanner *scanner = pool->free; scanner != NULL; scanner = scanner->next) {
		for (size_t i = 0; scanner->costs != NULL && i < pool->shape.slots; i++) {
			costs[i].tries += scanner->costs[i].tries;
			costs[i].hits += scanner->costs[i].hits;
			costs[i].ns += scanner->costs[i].ns;
		}
	}
	pthread_mutex_unlock(&pool->lock);
}
