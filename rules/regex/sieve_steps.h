/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The steps of a sieve: a nondeterministic automaton made from a pattern's tree. For sieve.c only.
 * Pure.
 */
#ifndef RULES_REGEX_SIEVE_STEPS_H
#define RULES_REGEX_SIEVE_STEPS_H

#include "rules/regex/pattern_tree.h"

/* Steps are numbered with 16 bits. */
#define SIEVE_STEPS_MAX 65000

/* The step behind the last. */
#define SIEVE_END 0

struct sieve_step {
	bool fork;      /* goes on at `next` and at `other`, without a byte; else */
	uint16_t other; /* the number of the set of bytes that it takes */
	uint16_t next;
};

struct sieve_steps {
	vec_of(struct sieve_step) steps; /* the one numbered SIEVE_END is none */
	vec_of(struct byte_set) sets;    /* each once */
	uint16_t first;
};

/* False where there would be too many. */
bool sieve_steps_make(struct arena *arena, const struct node *tree, struct sieve_steps *steps_r);

#endif
