/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an expression needs: inputs of which at least one must differ from 0 for the value to differ
 * from 0. So it is known which expressions needn't be looked at. Pure; thread-safe.
 */
#ifndef RULES_EXPR_EXPR_NEEDS_H
#define RULES_EXPR_EXPR_NEEDS_H

#include "rules/expr/expr.h"

struct expr_needs {
	bool always;   /* the value may differ from 0 where no input does */
	double weight; /* the sum of the weights of `slots`; 1 where that is more, or `always` */
	vec_of(size_t) slots;
};

/*
 * Of several such sets, it is the one with the least weight; weights[slot] says how often the slot
 * differs from 0, from 0 to 1. The set is in the arena.
 */
struct expr_needs expr_needs(const struct expr *expr, struct arena *arena, const double *weights);

#endif
