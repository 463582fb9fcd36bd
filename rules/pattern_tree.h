/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A pattern taken apart, to learn what a text must hold for it to match. All that is known of a
 * pattern beyond PCRE2's own knowledge is derived from its tree: literals, outlines, sieves, and
 * whether it matches any text. The tree stands for all that the pattern can match, or more:
 * assertions are empty text, back references stand for anything. Pure; in the arena that it was
 * read into. A pattern with something that is not surely understood has no tree.
 */
#ifndef RULES_PATTERN_TREE_H
#define RULES_PATTERN_TREE_H

#include "base/vec.h"
#include "rules/byte_set.h"

/* What of a pattern's meaning its modifiers, or (?…), change for those who read it. */
struct pattern_flags {
	bool caseless;      /* i */
	bool dotall;        /* s */
	bool extended;      /* x */
	bool extended_more; /* xx: in classes, too */
};

enum node_type {
	NODE_SET,      /* one byte of a set */
	NODE_ANYTHING, /* any text, or none */
	NODE_SEQUENCE,
	NODE_CHOICE, /* one of its children */
	NODE_REPEAT, /* its one child, `min` to `max` times */
};

#define NODE_NO_MAX UINT32_MAX

/* What else must hold where a node is, which is a sequence without children. */
enum node_assertion {
	ASSERTION_NONE,
	ASSERTION_START, /* holds where texts begin */
	ASSERTION_END,   /* holds where texts end */
	ASSERTION_OTHER,
};

/* What a node may begin with, all that it may hold, and its least length. */
struct node_summary {
	struct byte_set first, all;
	size_t min;
};

struct node {
	enum node_type type;
	enum node_assertion assertion;
	struct byte_set set;
	uint32_t min, max;
	vec_of(struct node *) children;     /* a sequence without any is empty text */
	const struct node_summary *summary; /* NULL until outline.c asks */
};

/*
 * `text` is in PCRE2's syntax and compiles there; NULL where it isn't understood, or is nested more
 * than 120 deep.
 */
struct node *pattern_tree(struct arena *arena, struct str text, struct pattern_flags flags);

/* Does it surely match in each text, the empty one included? */
bool pattern_tree_always_matches(const struct node *tree);

#endif
