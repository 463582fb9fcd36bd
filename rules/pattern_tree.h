/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A pattern taken apart, to learn what a text must hold for it to match. The tree stands for all
 * that the pattern can match, or more: zero-width assertions are left out, back references stand
 * for anything. Pure; in the arena that it was read into. A pattern with something that is not
 * understood has no tree.
 */
#ifndef RULES_PATTERN_TREE_H
#define RULES_PATTERN_TREE_H

#include "base/vec.h"

/* A set of bytes. */
struct byte_set {
	uint64_t bits[4];
};

static inline bool byte_set_has(const struct byte_set *set, unsigned char byte)
{
	return (set->bits[byte / 64] >> byte % 64 & 1) != 0;
}

static inline void byte_set_add(struct byte_set *set, unsigned char byte)
{
	set->bits[byte / 64] |= UINT64_C(1) << byte % 64;
}

static inline void byte_set_join(struct byte_set *set, const struct byte_set *more)
{
	for (int i = 0; i < 4; i++)
		set->bits[i] |= more->bits[i];
}

static inline bool byte_set_is_empty(const struct byte_set *set)
{
	return (set->bits[0] | set->bits[1] | set->bits[2] | set->bits[3]) == 0;
}

/* The byte that is the whole set, or -1. */
static inline int byte_set_only(const struct byte_set *set)
{
	int only = -1;

	for (int i = 0; i < 4; i++) {
		uint64_t bits = set->bits[i];

		if (bits == 0)
			continue;
		if (only >= 0 || (bits & (bits - 1)) != 0)
			return -1;
		only = i * 64 + __builtin_ctzll(bits);
	}
	return only;
}

enum node_type {
	NODE_SET,      /* one byte of a set */
	NODE_ANYTHING, /* any text, or none */
	NODE_SEQUENCE,
	NODE_CHOICE, /* one of its children */
	NODE_REPEAT, /* its one child, `min` to `max` times */
};

#define NODE_NO_MAX UINT32_MAX

/* What a node may begin with, all that it may hold, and its least length. */
struct node_summary {
	struct byte_set first, all;
	size_t min;
};

struct node {
	enum node_type type;
	struct byte_set set;
	uint32_t min, max;
	vec_of(struct node *) children;     /* a sequence without any is empty text */
	const struct node_summary *summary; /* NULL until outline.c asks */
};

/* `text` is in PCRE2's syntax; NULL where it isn't understood, or is nested more than 120 deep. */
struct node *pattern_tree(struct arena *arena, struct str text, bool caseless, bool dotall,
                          bool extended);

#endif
