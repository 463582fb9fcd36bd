/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/regex/sieve.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "rules/regex/sieve_steps.h"

/*
 * A state is the set of steps that may come next; the table says for each state and byte which one
 * follows. A state and its row are made when a text first needs them. Bytes that no step tells
 * apart are one class. The first steps of a pattern may come anywhere in a text: they belong to
 * each state and are left out of its list, unless the sieve is anchored.
 *
 * Threads read the table without a lock: an entry is written once, and a table that has become too
 * small is left to those who read it.
 */
#define UNKNOWN 0 /* entries that are no row */
#define MATCHED 1
#define DEAD    2
#define NO_ROWS 3
/* Entries of a table; a row is named by its place in it. */
#define TABLE_MAX  (1u << 18)
#define ROWS_FIRST 16
/* Bytes of all sieves together, with some more that the last ones may take: what rule sets of any
 * size and mail of any kind can't exceed. */
#define ALL_BYTES_MAX ((size_t)24 << 20)
/* Entries that are made for one text. Each takes some microseconds, so mail that is made to need
 * many of them is left to PCRE2, and the next one finds these made. */
#define EXPLORED_MAX 500

typedef _Atomic(uint32_t) sieve_entry;

struct sieve_state {
	uint32_t row;
	const uint16_t *steps; /* in order */
	size_t len;
};

struct sieve {
	struct arena *arena;
	size_t bytes; /* of the arena, in all_bytes */
	struct sieve_step *steps;
	struct byte_set *sets;
	bool anchored;
	bool *is_first; /* by step: one of those that are left out */
	struct sieve_state first;
	unsigned char class_of[256];
	size_t classes;
	size_t stride; /* entries of a row */
	_Atomic(sieve_entry *) table;
	/* What is below belongs to whoever holds the lock. */
	pthread_mutex_t lock;
	size_t rows; /* that the table has room for */
	struct map *by_steps;
	vec_of(struct sieve_state *) states; /* by row */
	/* The steps that are being collected. */
	uint32_t *marks; /* by step: the round in which it was seen */
	uint32_t round;
	uint16_t *found;
	size_t found_len;
	bool ended;
};

static atomic_size_t all_bytes;

static bool have_room(void)
{
	return atomic_load_explicit(&all_bytes, memory_order_relaxed) < ALL_BYTES_MAX;
}

/* What the arena has grown by since the last time. */
static void count_bytes(struct sieve *sieve)
{
	size_t bytes = arena_bytes(sieve->arena);

	atomic_fetch_add(&all_bytes, bytes - sieve->bytes);
	sieve->bytes = bytes;
}

static void *copy_of(struct arena *arena, const void *data, size_t size)
{
	void *copy = arena_alloc(arena, size);

	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

static void begin(struct sieve *sieve)
{
	sieve->round++;
	sieve->found_len = 0;
	sieve->ended = false;
}

/* Collects the steps that take a byte, from this one on. */
static void collect(struct sieve *sieve, uint16_t number)
{
	while (number != SIEVE_END && sieve->marks[number] != sieve->round) {
		const struct sieve_step *step = &sieve->steps[number];

		sieve->marks[number] = sieve->round;
		if (!step->fork) {
			if (!sieve->is_first[number])
				sieve->found[sieve->found_len++] = number;
			return;
		}
		collect(sieve, step->next);
		number = step->other;
	}
	sieve->ended = sieve->ended || number == SIEVE_END;
}

static void collect_behind(struct sieve *sieve, const struct sieve_state *state, unsigned char byte)
{
	for (size_t i = 0; i < state->len; i++) {
		const struct sieve_step *step = &sieve->steps[state->steps[i]];

		if (byte_set_has(&sieve->sets[step->other], byte))
			collect(sieve, step->next);
	}
}

static int by_number(const void *a, const void *b)
{
	uint16_t x = *(const uint16_t *)a, y = *(const uint16_t *)b;

	return (x > y) - (x < y);
}

/* A larger table for one more row; those who read the old one don't miss anything but speed. */
static void make_room(struct sieve *sieve)
{
	size_t rows = sieve->rows > 0 ? 2 * sieve->rows : ROWS_FIRST;
	sieve_entry *old = atomic_load(&sieve->table), *table;

	if (sieve->states.len < sieve->rows)
		return;
	rows = rows * sieve->stride > TABLE_MAX ? TABLE_MAX / sieve->stride : rows;
	table = arena_calloc(sieve->arena, rows * sieve->stride, sizeof(*table));
	for (size_t i = 0; i < sieve->rows * sieve->stride; i++)
		atomic_store_explicit(&table[i],
		                      atomic_load_explicit(&old[i], memory_order_relaxed),
		                      memory_order_relaxed);
	sieve->rows = rows;
	atomic_store_explicit(&sieve->table, table, memory_order_release);
}

/* A state of the steps that were found, which are in order. */
static const struct sieve_state *add_state(struct sieve *sieve)
{
	struct str key = { (const char *)sieve->found, sieve->found_len * sizeof(*sieve->found) };
	struct sieve_state *state = arena_new_object(sieve->arena, struct sieve_state);

	make_room(sieve);
	state->row = (uint32_t)(sieve->states.len * sieve->stride);
	state->len = sieve->found_len;
	state->steps = copy_of(sieve->arena, key.data, key.len);
	vec_push(sieve->arena, &sieve->states, state);
	map_set(sieve->by_steps, (struct str){ (const char *)state->steps, key.len }, state);
	count_bytes(sieve);
	return state;
}

/* The state of the steps that were found, or NULL where there are too many states. */
static const struct sieve_state *state_of_found(struct sieve *sieve)
{
	struct str key = { (const char *)sieve->found, sieve->found_len * sizeof(*sieve->found) };
	const struct sieve_state *state;

	qsort(sieve->found, sieve->found_len, sizeof(*sieve->found), by_number);
	state = map_get(sieve->by_steps, key);
	if (state != NULL)
		return state;
	if ((sieve->states.len + 1) * sieve->stride > TABLE_MAX || !have_room())
		return NULL;
	return add_state(sieve);
}

static uint32_t entry_behind(struct sieve *sieve, const struct sieve_state *state,
                             unsigned char byte)
{
	const struct sieve_state *next;

	begin(sieve);
	collect_behind(sieve, state, byte);
	if (!sieve->anchored)
		collect_behind(sieve, &sieve->first, byte);
	if (sieve->ended)
		return MATCHED;
	if (sieve->anchored && sieve->found_len == 0)
		return DEAD;
	next = state_of_found(sieve);
	return next != NULL ? next->row : UNKNOWN;
}

/* Fills in the entry of a state and byte. */
static uint32_t explore(struct sieve *sieve, size_t row, unsigned char byte)
{
	sieve_entry *entry;
	uint32_t value;

	pthread_mutex_lock(&sieve->lock);
	value = entry_behind(sieve, sieve->states.items[row / sieve->stride], byte);
	entry = &atomic_load(&sieve->table)[row + sieve->class_of[byte]];
	atomic_store_explicit(entry, value, memory_order_relaxed);
	pthread_mutex_unlock(&sieve->lock);
	return value;
}

bool sieve_passes(struct sieve *sieve, struct str text)
{
	sieve_entry *table = atomic_load_explicit(&sieve->table, memory_order_acquire);
	size_t row = sieve->stride;
	unsigned explored = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.data[i];
		uint32_t next = atomic_load_explicit(&table[row + sieve->class_of[byte]],
		                                     memory_order_relaxed);

		if (next == UNKNOWN && ++explored <= EXPLORED_MAX) {
			next = explore(sieve, row, byte);
			table = atomic_load_explicit(&sieve->table, memory_order_acquire);
		}
		if (next < NO_ROWS)
			return next != DEAD;
		row = next;
	}
	return false;
}

uint64_t sieve_effort(struct sieve *sieve, struct str text)
{
	const sieve_entry *table = atomic_load(&sieve->table);
	const struct sieve_state *state = sieve->states.items[1];
	uint64_t effort = 0;

	for (size_t i = 0; i < text.len; i++) {
		size_t class = sieve->class_of[(unsigned char)text.data[i]];
		uint32_t next = atomic_load(&table[state->row + class]);

		effort += state->len;
		/* A matcher passes over bytes that matches don't begin with. */
		if (!sieve->anchored && atomic_load(&table[sieve->stride + class]) != sieve->stride)
			effort += sieve->first.len;
		if (next < NO_ROWS)
			break;
		state = sieve->states.items[next / sieve->stride];
	}
	return effort;
}

/* Numbers the classes of bytes that no set tells apart. */
static void number_classes(struct sieve *sieve, size_t sets)
{
	sieve->classes = 1;
	for (size_t i = 0; i < sets; i++) {
		int split[256][2];
		size_t classes = 0;

		memset(split, 0xff, sizeof(split));
		for (unsigned c = 0; c < 256; c++) {
			bool has = byte_set_has(&sieve->sets[i], (unsigned char)c);
			int *number = &split[sieve->class_of[c]][has];

			if (*number < 0)
				*number = (int)classes++;
			sieve->class_of[c] = (unsigned char)*number;
		}
		sieve->classes = classes;
	}
	sieve->stride = sieve->classes > NO_ROWS ? sieve->classes : NO_ROWS;
}

/* The steps that matches begin with, from `step` on. */
static void find_first(struct sieve *sieve, uint16_t step)
{
	size_t size;

	begin(sieve);
	collect(sieve, step);
	size = sieve->found_len * sizeof(*sieve->found);
	sieve->first.len = sieve->found_len;
	sieve->first.steps = copy_of(sieve->arena, sieve->found, size);
	for (size_t i = 0; i < sieve->found_len && !sieve->anchored; i++)
		sieve->is_first[sieve->found[i]] = true;
}

static struct sieve *sieve_of_steps(const struct sieve_steps *made, bool anchored)
{
	size_t count = made->steps.len;
	struct arena *arena = arena_new();
	struct sieve *sieve = arena_new_object(arena, struct sieve);

	sieve->arena = arena;
	pthread_mutex_init(&sieve->lock, NULL);
	sieve->anchored = anchored;
	sieve->steps = copy_of(arena, made->steps.items, count * sizeof(*sieve->steps));
	sieve->sets = copy_of(arena, made->sets.items, made->sets.len * sizeof(*sieve->sets));
	sieve->is_first = arena_calloc(arena, count, sizeof(*sieve->is_first));
	sieve->marks = arena_calloc(arena, count, sizeof(*sieve->marks));
	sieve->found = arena_calloc(arena, count, sizeof(*sieve->found));
	sieve->by_steps = map_new(arena, MAP_EXACT);
	number_classes(sieve, made->sets.len);
	/* Row 0 stays empty, since its name is that of an unknown one. */
	vec_push(arena, &sieve->states, NULL);
	find_first(sieve, made->first);
	return sieve;
}

/* The state at the beginning of a text. */
static void begin_states(struct sieve *sieve, uint16_t first_step)
{
	begin(sieve);
	if (sieve->anchored)
		collect(sieve, first_step);
	qsort(sieve->found, sieve->found_len, sizeof(*sieve->found), by_number);
	add_state(sieve);
}

struct sieve *sieve_new(const struct node *tree, bool anchored)
{
	struct arena *work = arena_new();
	struct sieve *sieve = NULL;
	struct sieve_steps made;

	if (have_room() && sieve_steps_make(work, tree, &made)) {
		sieve = sieve_of_steps(&made, anchored);
		if (sieve->ended) {
			sieve_free(sieve);
			sieve = NULL;
		} else {
			begin_states(sieve, made.first);
		}
	}
	arena_free(work);
	return sieve;
}

void sieve_free(struct sieve *sieve)
{
	if (sieve == NULL)
		return;
	atomic_fetch_sub(&all_bytes, sieve->bytes);
	pthread_mutex_destroy(&sieve->lock);
	arena_free(sieve->arena);
}
