/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A nondeterministic automaton (NFA), made from a pattern's tree. For lazy_dfa.c only. Pure.
 */
#ifndef RULES_REGEX_NFA_H
#define RULES_REGEX_NFA_H

#include "rules/regex/pattern_tree.h"

/* States are numbered with 16 bits. */
#define NFA_STATES_MAX 65000

/* The state in which the pattern has matched. */
#define NFA_MATCH 0

struct nfa_state {
	bool split;     /* goes on at `next` and at `other`, without a byte; else */
	uint16_t other; /* the number of the set of bytes that it takes */
	uint16_t next;
};

struct nfa {
	vec_of(struct nfa_state) states; /* the one numbered NFA_MATCH has no byte */
	vec_of(struct byte_set) sets;    /* each once */
	uint16_t first;
};

/* False where there would be too many. */
bool nfa_make(struct arena *arena, const struct pattern_node *tree, struct nfa *nfa_r);

#endif
