/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/regex/lazy_dfa.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "rules/regex/nfa.h"

/*
 * A state is a set of states of the NFA, those that may take the next byte; the table says for each
 * state and byte which state follows. A state and its row are made when a text first needs them.
 * Bytes that no state of the NFA tells apart are one class. A match may begin anywhere in a text:
 * the first states of the NFA belong to each set and are left out of its list, unless the DFA is
 * anchored.
 *
 * Threads read the table without a lock: an entry is written once, and a table that has become too
 * small stays for those who read it.
 */
#define UNKNOWN 0 /* entries that are no row */
#define MATCHED 1
#define DEAD    2
#define NO_ROWS 3
/* Entries of a table; a row is identified by its place in it. */
#define TABLE_MAX  (1u << 18)
#define ROWS_FIRST 16
/* Bytes of all DFAs together, with some more that the last ones may take: what rule sets of any
 * size and mail of any kind can't exceed. */
#define ALL_BYTES_MAX ((size_t)24 << 20)
/* Entries that are made for one text. Each takes some microseconds, so mail that is made to need
 * many of them is left to PCRE2, and the next one finds these made. */
#define EXPLORED_MAX 500

typedef _Atomic(uint32_t) dfa_entry;

struct dfa_state {
	uint32_t row;
	const uint16_t *members; /* states of the NFA, in order */
	size_t len;
};

struct lazy_dfa {
	struct arena *arena;
	size_t bytes; /* of the arena, in all_bytes */
	struct nfa_state *nfa;
	struct byte_set *sets;
	bool anchored;
	bool *is_first; /* by state of the NFA: one of those that are left out */
	struct dfa_state first;
	unsigned char class_of[256];
	size_t classes;
	size_t stride; /* entries of a row */
	_Atomic(dfa_entry *) table;
	/* What is below belongs to whoever holds the lock. */
	pthread_mutex_t lock;
	size_t rows; /* that the table has room for */
	struct map *by_members;
	vec_of(struct dfa_state *) states; /* by row */
	/* The states of the NFA that are being collected. */
	uint32_t *marks; /* by state of the NFA: the round in which it was seen */
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
static void count_bytes(struct lazy_dfa *dfa)
{
	size_t bytes = arena_bytes(dfa->arena);

	atomic_fetch_add(&all_bytes, bytes - dfa->bytes);
	dfa->bytes = bytes;
}

static void *copy_of(struct arena *arena, const void *data, size_t size)
{
	void *copy = arena_alloc(arena, size);

	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

static void begin(struct lazy_dfa *dfa)
{
	dfa->round++;
	dfa->found_len = 0;
	dfa->ended = false;
}

/* Collects the states that take a byte and are reached from this one without any. */
static void collect(struct lazy_dfa *dfa, uint16_t number)
{
	while (number != NFA_MATCH && dfa->marks[number] != dfa->round) {
		const struct nfa_state *from = &dfa->nfa[number];

		dfa->marks[number] = dfa->round;
		if (!from->split) {
			if (!dfa->is_first[number])
				dfa->found[dfa->found_len++] = number;
			return;
		}
		collect(dfa, from->next);
		number = from->other;
	}
	dfa->ended = dfa->ended || number == NFA_MATCH;
}

static void collect_after(struct lazy_dfa *dfa, const struct dfa_state *state, unsigned char byte)
{
	for (size_t i = 0; i < state->len; i++) {
		const struct nfa_state *from = &dfa->nfa[state->members[i]];

		if (byte_set_has(&dfa->sets[from->other], byte))
			collect(dfa, from->next);
	}
}

static int by_number(const void *a, const void *b)
{
	uint16_t x = *(const uint16_t *)a, y = *(const uint16_t *)b;

	return (x > y) - (x < y);
}

/* Makes a larger table for one more row; threads that still read the old one only lose speed. */
static void make_room(struct lazy_dfa *dfa)
{
	size_t rows = dfa->rows > 0 ? 2 * dfa->rows : ROWS_FIRST;
	dfa_entry *old = atomic_load(&dfa->table), *table;

	if (dfa->states.len < dfa->rows)
		return;
	rows = rows * dfa->stride > TABLE_MAX ? TABLE_MAX / dfa->stride : rows;
	table = arena_calloc(dfa->arena, rows * dfa->stride, sizeof(*table));
	for (size_t i = 0; i < dfa->rows * dfa->stride; i++)
		atomic_store_explicit(&table[i],
		                      atomic_load_explicit(&old[i], memory_order_relaxed),
		                      memory_order_relaxed);
	dfa->rows = rows;
	atomic_store_explicit(&dfa->table, table, memory_order_release);
}

/* The set of states that were found, which are in order, as a new state. */
static const struct dfa_state *add_state(struct lazy_dfa *dfa)
{
	struct str key = { (const char *)dfa->found, dfa->found_len * sizeof(*dfa->found) };
	struct dfa_state *state = arena_new_object(dfa->arena, struct dfa_state);

	make_room(dfa);
	state->row = (uint32_t)(dfa->states.len * dfa->stride);
	state->len = dfa->found_len;
	state->members = copy_of(dfa->arena, key.data, key.len);
	vec_push(dfa->arena, &dfa->states, state);
	map_set(dfa->by_members, (struct str){ (const char *)state->members, key.len }, state);
	count_bytes(dfa);
	return state;
}

/* The state for those that were found, or NULL where there are too many states. */
static const struct dfa_state *state_of_found(struct lazy_dfa *dfa)
{
	struct str key = { (const char *)dfa->found, dfa->found_len * sizeof(*dfa->found) };
	const struct dfa_state *state;

	qsort(dfa->found, dfa->found_len, sizeof(*dfa->found), by_number);
	state = map_get(dfa->by_members, key);
	if (state != NULL)
		return state;
	if ((dfa->states.len + 1) * dfa->stride > TABLE_MAX || !have_room())
		return NULL;
	return add_state(dfa);
}

static uint32_t entry_after(struct lazy_dfa *dfa, const struct dfa_state *state, unsigned char byte)
{
	const struct dfa_state *next;

	begin(dfa);
	collect_after(dfa, state, byte);
	if (!dfa->anchored)
		collect_after(dfa, &dfa->first, byte);
	if (dfa->ended)
		return MATCHED;
	if (dfa->anchored && dfa->found_len == 0)
		return DEAD;
	next = state_of_found(dfa);
	return next != NULL ? next->row : UNKNOWN;
}

/* Fills in the entry of a state and byte. */
static uint32_t explore(struct lazy_dfa *dfa, size_t row, unsigned char byte)
{
	dfa_entry *entry;
	uint32_t value;

	pthread_mutex_lock(&dfa->lock);
	value = entry_after(dfa, dfa->states.items[row / dfa->stride], byte);
	entry = &atomic_load(&dfa->table)[row + dfa->class_of[byte]];
	atomic_store_explicit(entry, value, memory_order_relaxed);
	pthread_mutex_unlock(&dfa->lock);
	return value;
}

bool lazy_dfa_may_match(struct lazy_dfa *dfa, struct str text)
{
	dfa_entry *table = atomic_load_explicit(&dfa->table, memory_order_acquire);
	size_t row = dfa->stride;
	unsigned explored = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.data[i];
		uint32_t next = atomic_load_explicit(&table[row + dfa->class_of[byte]],
		                                     memory_order_relaxed);

		if (next == UNKNOWN && ++explored <= EXPLORED_MAX) {
			next = explore(dfa, row, byte);
			table = atomic_load_explicit(&dfa->table, memory_order_acquire);
		}
		if (next < NO_ROWS)
			return next != DEAD;
		row = next;
	}
	return false;
}

uint64_t lazy_dfa_effort(struct lazy_dfa *dfa, struct str text)
{
	const dfa_entry *table = atomic_load(&dfa->table);
	const struct dfa_state *state = dfa->states.items[1];
	uint64_t effort = 0;

	for (size_t i = 0; i < text.len; i++) {
		size_t class = dfa->class_of[(unsigned char)text.data[i]];
		uint32_t next = atomic_load(&table[state->row + class]);

		effort += state->len;
		/* A matcher passes over bytes that matches don't begin with. */
		if (!dfa->anchored && atomic_load(&table[dfa->stride + class]) != dfa->stride)
			effort += dfa->first.len;
		if (next < NO_ROWS)
			break;
		state = dfa->states.items[next / dfa->stride];
	}
	return effort;
}

/* Numbers the classes of bytes that no set tells apart. */
static void number_classes(struct lazy_dfa *dfa, size_t sets)
{
	dfa->classes = 1;
	for (size_t i = 0; i < sets; i++) {
		int split[256][2];
		size_t classes = 0;

		memset(split, 0xff, sizeof(split));
		for (unsigned c = 0; c < 256; c++) {
			bool has = byte_set_has(&dfa->sets[i], (unsigned char)c);
			int *number = &split[dfa->class_of[c]][has];

			if (*number < 0)
				*number = (int)classes++;
			dfa->class_of[c] = (unsigned char)*number;
		}
		dfa->classes = classes;
	}
	dfa->stride = dfa->classes > NO_ROWS ? dfa->classes : NO_ROWS;
}

/* The states that matches begin with, from `start` on. */
static void find_first(struct lazy_dfa *dfa, uint16_t start)
{
	size_t size;

	begin(dfa);
	collect(dfa, start);
	size = dfa->found_len * sizeof(*dfa->found);
	dfa->first.len = dfa->found_len;
	dfa->first.members = copy_of(dfa->arena, dfa->found, size);
	for (size_t i = 0; i < dfa->found_len && !dfa->anchored; i++)
		dfa->is_first[dfa->found[i]] = true;
}

static struct lazy_dfa *of_nfa(const struct nfa *nfa, bool anchored)
{
	size_t count = nfa->states.len;
	struct arena *arena = arena_new();
	struct lazy_dfa *dfa = arena_new_object(arena, struct lazy_dfa);

	dfa->arena = arena;
	pthread_mutex_init(&dfa->lock, NULL);
	dfa->anchored = anchored;
	dfa->nfa = copy_of(arena, nfa->states.items, count * sizeof(*dfa->nfa));
	dfa->sets = copy_of(arena, nfa->sets.items, nfa->sets.len * sizeof(*dfa->sets));
	dfa->is_first = arena_calloc(arena, count, sizeof(*dfa->is_first));
	dfa->marks = arena_calloc(arena, count, sizeof(*dfa->marks));
	dfa->found = arena_calloc(arena, count, sizeof(*dfa->found));
	dfa->by_members = map_new(arena, MAP_EXACT);
	number_classes(dfa, nfa->sets.len);
	/* Row 0 stays empty, since its number means unknown. */
	vec_push(arena, &dfa->states, NULL);
	find_first(dfa, nfa->first);
	return dfa;
}

/* The state at the beginning of a text. */
static void begin_states(struct lazy_dfa *dfa, uint16_t start)
{
	begin(dfa);
	if (dfa->anchored)
		collect(dfa, start);
	qsort(dfa->found, dfa->found_len, sizeof(*dfa->found), by_number);
	add_state(dfa);
}

struct lazy_dfa *lazy_dfa_new(const struct pattern_node *tree, bool anchored)
{
	struct arena *work = arena_new();
	struct lazy_dfa *dfa = NULL;
	struct nfa nfa;

	if (have_room() && nfa_make(work, tree, &nfa)) {
		dfa = of_nfa(&nfa, anchored);
		if (dfa->ended) {
			lazy_dfa_free(dfa);
			dfa = NULL;
		} else {
			begin_states(dfa, nfa.first);
		}
	}
	arena_free(work);
	return dfa;
}

void lazy_dfa_free(struct lazy_dfa *dfa)
{
	if (dfa == NULL)
		return;
	atomic_fetch_sub(&all_bytes, dfa->bytes);
	pthread_mutex_destroy(&dfa->lock);
	arena_free(dfa->arena);
}
