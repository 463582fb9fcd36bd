/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/regex/nfa.h"

#include <string.h>

#include "base/map.h"

#define DEPTH_MAX 200
/* A repeated piece is written out so often where all of the pattern has room, else less often. */
#define COPIES_MAX 32

/* Nodes whose sets were numbered last: copies of a piece ask for them again and again. */
#define KNOWN_NODES 256

struct maker {
	struct arena *arena;
	struct nfa *nfa;
	struct map *sets; /* by their bytes: the number plus 1, as a pointer */
	struct {
		const struct pattern_node *node;
		uint16_t set;
	} known[KNOWN_NODES];
	uint32_t copies;
	bool full;
};

static uint16_t add_state(struct maker *maker, bool split, size_t other, uint16_t next)
{
	struct nfa_state state = { .split = split, .other = (uint16_t)other, .next = next };

	if (maker->nfa->states.len >= NFA_STATES_MAX) {
		maker->full = true;
		return NFA_MATCH;
	}
	vec_push(maker->arena, &maker->nfa->states, state);
	return (uint16_t)(maker->nfa->states.len - 1);
}

static uint16_t number_of(struct maker *maker, const struct byte_set *set)
{
	struct str key = { (const char *)set, sizeof(*set) };
	uintptr_t known = (uintptr_t)map_get(maker->sets, key);

	if (known == 0) {
		vec_push(maker->arena, &maker->nfa->sets, *set);
		known = maker->nfa->sets.len;
		map_set(maker->sets, arena_str(maker->arena, key), (void *)known);
	}
	return (uint16_t)(known - 1);
}

static uint16_t add_set(struct maker *maker, const struct pattern_node *node, uint16_t next)
{
	size_t place = (uintptr_t)node / sizeof(*node) % KNOWN_NODES;

	if (maker->known[place].node != node) {
		maker->known[place].node = node;
		maker->known[place].set = number_of(maker, &node->set);
	}
	return add_state(maker, false, maker->known[place].set, next);
}

/* Each of these gives the first state of a piece, after which `next` comes. */
static uint16_t add_node(struct maker *maker, const struct pattern_node *node, uint16_t next,
                         unsigned depth);

/* The child, any number of times but once at least. */
static uint16_t add_loop(struct maker *maker, const struct pattern_node *child, uint16_t next,
                         unsigned depth)
{
	uint16_t again = add_state(maker, true, next, next);
	uint16_t first = add_node(maker, child, again, depth);

	maker->nfa->states.items[again].next = first;
	return first;
}

static uint16_t add_anything(struct maker *maker, uint16_t next)
{
	struct byte_set all;
	uint16_t again = add_state(maker, true, next, next);
	uint16_t byte;

	memset(&all, 0xff, sizeof(all));
	byte = add_state(maker, false, number_of(maker, &all), again);
	maker->nfa->states.items[again].next = byte;
	return again;
}

/* An upper bound is kept only where it is the lower one, or 1. */
static uint16_t add_repeat(struct maker *maker, const struct pattern_node *node, uint16_t next,
                           unsigned depth)
{
	const struct pattern_node *child = node->children.items[0];
	uint32_t copies = node->min;

	if (node->min == 0 && node->max == 1)
		return add_state(maker, true, next, add_node(maker, child, next, depth));
	if (copies > maker->copies || node->max > copies) {
		uint16_t after = next;

		copies = copies > maker->copies ? maker->copies : copies;
		next = add_loop(maker, child, next, depth);
		if (copies == 0)
			return add_state(maker, true, after, next);
		copies--;
	}
	for (uint32_t i = 0; i < copies && !maker->full; i++)
		next = add_node(maker, child, next, depth);
	return next;
}

static uint16_t add_choice(struct maker *maker, const struct pattern_node *node, uint16_t next,
                           unsigned depth)
{
	uint16_t first = NFA_MATCH;

	for (size_t i = node->children.len; i-- > 0 && !maker->full;) {
		uint16_t way = add_node(maker, node->children.items[i], next, depth);

		first = i + 1 == node->children.len ? way : add_state(maker, true, first, way);
	}
	return first;
}

static uint16_t add_node(struct maker *maker, const struct pattern_node *node, uint16_t next,
                         unsigned depth)
{
	if (maker->full)
		return NFA_MATCH;
	if (depth > DEPTH_MAX || node->type == NODE_ANYTHING)
		return add_anything(maker, next);
	switch (node->type) {
	case NODE_SET:
		return add_set(maker, node, next);
	case NODE_SEQUENCE:
		for (size_t i = node->children.len; i-- > 0;)
			next = add_node(maker, node->children.items[i], next, depth + 1);
		return next;
	case NODE_REPEAT:
		return add_repeat(maker, node, next, depth + 1);
	default:
		return add_choice(maker, node, next, depth + 1);
	}
}

/* About how many states a node will be. */
static size_t estimate(const struct pattern_node *node, uint32_t copies, unsigned depth)
{
	size_t sum = 1;

	if (depth > DEPTH_MAX)
		return 2;
	for (size_t i = 0; i < node->children.len && sum < NFA_STATES_MAX; i++)
		sum += estimate(node->children.items[i], copies, depth + 1);
	if (node->type == NODE_REPEAT && node->min > 1)
		sum *= node->min < copies ? node->min : copies;
	return node->type == NODE_CHOICE ? sum + node->children.len : sum;
}

static bool make(struct arena *arena, const struct pattern_node *tree, uint32_t copies,
                 struct nfa *nfa_r)
{
	struct maker *maker = arena_new_object(arena, struct maker);

	*nfa_r = (struct nfa){ 0 };
	maker->arena = arena;
	maker->nfa = nfa_r;
	maker->copies = copies;
	maker->sets = map_new(arena, MAP_EXACT);
	add_state(maker, true, NFA_MATCH, NFA_MATCH);
	nfa_r->first = add_node(maker, tree, NFA_MATCH, 0);
	return !maker->full;
}

bool nfa_make(struct arena *arena, const struct pattern_node *tree, struct nfa *nfa_r)
{
	for (uint32_t copies = COPIES_MAX; copies > 0; copies /= 2)
		if (estimate(tree, copies, 0) < NFA_STATES_MAX)
			return make(arena, tree, copies, nfa_r);
	return false;
}
