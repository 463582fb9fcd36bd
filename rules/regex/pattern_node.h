/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nodes of a pattern that was taken apart, see pattern_tree.h. Plain values, in its arena. */
#ifndef RULES_REGEX_PATTERN_NODE_H
#define RULES_REGEX_PATTERN_NODE_H

#include "base/vec.h"
#include "rules/regex/byte_set.h"

enum pattern_node_type {
	NODE_SET,      /* one byte of a set */
	NODE_ANYTHING, /* any text, or none */
	NODE_SEQUENCE,
	NODE_CHOICE, /* one of its children */
	NODE_REPEAT, /* its one child, `min` to `max` times */
};

#define NODE_NO_MAX UINT32_MAX

/* What else must hold where a node is, which is a sequence without children. */
enum pattern_node_assertion {
	ASSERTION_NONE,
	ASSERTION_START, /* holds where texts begin */
	ASSERTION_END,   /* holds where texts end */
	ASSERTION_OTHER,
};

/* What a node may begin with, all that it may hold, and its least length. */
struct pattern_node_summary {
	struct byte_set first, all;
	size_t min;
};

struct pattern_node {
	enum pattern_node_type type;
	enum pattern_node_assertion assertion;
	struct byte_set set;
	uint32_t min, max;
	vec_of(struct pattern_node *) children;     /* a sequence without any is empty text */
	const struct pattern_node_summary *summary; /* NULL until factor.c asks */
};

#endif
