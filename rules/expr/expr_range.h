/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Expressions with unknown inputs: what their value can be, and which input to find out next.
 * Inputs are never negative. Pure; thread-safe.
 */
#ifndef RULES_EXPR_EXPR_RANGE_H
#define RULES_EXPR_EXPR_RANGE_H

#include <stddef.h>

#include "rules/expr/range.h"

struct expr;

/* Slots are given a rank below this. */
#define EXPR_RANK_NONE 255

/* What is known about inputs, by slot; and room for the result of each step. */
struct expr_inputs {
	const struct range *ranges;
	const unsigned char *tristates; /* enum tristate; see expr_tristate.h */
	const unsigned char *ranks;     /* below EXPR_RANK_NONE; what it costs to know an input */
	struct range *step_ranges;
	unsigned char *step_tristates;
};

/* How many steps an expression has. */
size_t expr_steps(const struct expr *expr);
/* The value; looks at ranges only. */
struct range expr_range(const struct expr *expr, const struct expr_inputs *inputs);
/*
 * After expr_range() gave a range that isn't known: the slot of an input on which the value
 * depends, of all such one with the lowest rank.
 */
size_t expr_unknown(const struct expr *expr, const struct expr_inputs *inputs);

/* For expr_tristate.c, too: looking for the unknown input of the lowest rank. */
struct expr_search {
	const struct expr *expr;
	const struct expr_inputs *inputs;
	size_t best; /* slot */
	unsigned best_rank;
};

/* The range of a step, of which `first` is the first below it. */
struct range expr_step_range(const struct expr *expr, size_t first, size_t step,
                             const struct expr_inputs *inputs);
void expr_consider(struct expr_search *search, size_t slot);
/* Looks at inputs on which the range of a step depends, which isn't known. */
void expr_search_range(struct expr_search *search, size_t step);

#endif
