/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether an expression is true, that is other than 0, where not all inputs are known: expr_range.h
 * for most metas, which are && and || of rules, and quicker. Pure; thread-safe.
 */
#ifndef RULES_EXPR_EXPR_TRUTH_H
#define RULES_EXPR_EXPR_TRUTH_H

#include "rules/expr/expr_range.h"

/* A bit for "may be", a bit for "is": & and | of two are what && and || are. */
enum truth {
	TRUTH_NO = 0,
	TRUTH_UNKNOWN = 1,
	TRUTH_YES = 3,
};

static inline enum truth truth_of_range(struct range range)
{
	if (range_undecided(range))
		return TRUTH_UNKNOWN;
	return range.upper == 0 && range.lower == 0 ? TRUTH_NO : TRUTH_YES;
}

/* Looks at the truths of inputs, and the ranges of those that expr_counted() names. */
enum truth expr_truth(const struct expr *expr, const struct expr_inputs *inputs);
/* As expr_unknown(), after expr_truth() gave TRUTH_UNKNOWN. */
size_t expr_truth_unknown(const struct expr *expr, const struct expr_inputs *inputs);
/* Sets counted[slot] for inputs whose value counts for the truth, and not only whether it is 0. */
void expr_counted(const struct expr *expr, bool *counted);

#endif
