/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a value can be: a lower and an upper bound. Pure; thread-safe.
 */
#ifndef RULES_EXPR_RANGE_H
#define RULES_EXPR_RANGE_H

#include <stdbool.h>

/* lower == upper: the value is known. */
struct range {
	double lower, upper;
};

/* An upper bound for values without one; finite, so that 0 times it is 0. */
#define RANGE_MAX 1e100

static inline bool range_known(struct range range)
{
	return range.lower == range.upper;
}

/* 0 and others both possible? */
static inline bool range_undecided(struct range range)
{
	return range.lower <= 0 && range.upper >= 0 && !range_known(range);
}

/* What a rule with such a value counts in metas: a value below 0 is a hit, too. */
static inline struct range range_of_hits(struct range range)
{
	if (range.upper < 0)
		return (struct range){ 1, 1 };
	if (range.lower < 0)
		return (struct range){ 0, range.upper > 1 ? range.upper : 1 };
	return range;
}

#endif
