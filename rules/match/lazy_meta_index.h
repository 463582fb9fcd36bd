/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The metas of a rule set, and what each of them depends on, in few and dense arrays, since most of
 * the time is spent waiting for memory. Made by lazy_meta_index_make() and never changed; for
 * lazy_meta*.c and rule_value.c only.
 */
#ifndef RULES_MATCH_LAZY_META_INDEX_H
#define RULES_MATCH_LAZY_META_INDEX_H

#include "rules/model/ruleset_data.h"

/* Lists of numbers: those of list i are items[starts[i]] and on, up to items[starts[i + 1]]. */
struct lazy_meta_lists {
	uint32_t *starts;
	uint32_t *items;
};

struct lazy_meta {
	const struct expr *expr;
	uint32_t slot;
	bool counted; /* more of its value counts than whether it is 0 */
	bool deferred;
	bool learned; /* it depends on what was learned */
};

#define LAZY_META_NONE UINT32_MAX

struct lazy_meta_index {
	struct lazy_meta *metas;           /* by number; inputs before what depends on them */
	uint32_t *meta_of;                 /* by slot: the number of the meta, or LAZY_META_NONE */
	struct lazy_meta_lists watchers;   /* by slot: metas that may differ from 0 where it does */
	struct lazy_meta_lists dependents; /* by slot: all metas that name it */
	struct lazy_meta_lists inputs;     /* by meta: those that it names */
	unsigned char *ranks;              /* by slot: what it costs to know the value */
	double *most;      /* by slot: the most that the value of a deferred rule can be; else 0 */
	uint64_t *pending; /* metas that may differ from 0 while all their inputs are 0 */
	size_t steps;      /* of the longest meta */
};

/* Marks rules as deferred and makes the index; the last step of compiling. */
void lazy_meta_index_make(struct ruleset *set);

#endif
