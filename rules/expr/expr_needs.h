/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an expression can't do without: inputs of which one must differ from 0 for the value to do
 * so. It tells which expressions needn't be looked at. Pure; thread-safe.
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
 * Of several such sets the one of the least weight, where weights[slot] says how often the slot is
 * other than 0, from 0 to 1. Its memory is the arena's.
 */
struct expr_needs expr_needs(const struct expr *expr, struct arena *arena, const double *weights);

#endif
