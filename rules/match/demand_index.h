/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What demand.c knows of a rule set: which metas wait for what, in few and dense arrays, since most
 * of the time goes by waiting for memory. Made by demand_compile() and never changed; for demand*.c
 * only.
 */
#ifndef RULES_MATCH_DEMAND_INDEX_H
#define RULES_MATCH_DEMAND_INDEX_H

#include "rules/model/ruleset_data.h"

/* Lists of numbers: those of list i are items[starts[i]] and on, up to items[starts[i + 1]]. */
struct number_lists {
	uint32_t *starts;
	uint32_t *items;
};

struct demand_meta {
	const struct expr *expr;
	uint32_t slot;
	bool counted; /* more of its value counts than whether it is 0 */
	bool deferred;
};

#define NO_META UINT32_MAX

struct demand {
	struct demand_meta *metas;      /* by number; inputs before what depends on them */
	uint32_t *meta_of;              /* by slot: the number of the meta, or NO_META */
	struct number_lists watchers;   /* by slot: metas that may differ from 0 where it does */
	struct number_lists dependents; /* by slot: all metas that name it */
	struct number_lists inputs;     /* by meta: those that it names */
	unsigned char *ranks;           /* by slot: what it costs to know the value */
	double *most;      /* by slot: the most that the value of a deferred rule can be; else 0 */
	uint64_t *pending; /* metas that may differ from 0 while all their inputs are 0 */
	size_t steps;      /* of the longest meta */
};

/* Marks rules as deferred and indexes the metas; the last step of compiling. */
void demand_compile(struct ruleset *set);

#endif
