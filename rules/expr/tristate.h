/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No, yes, or unknown, and what a range of values is of them. Pure; thread-safe. */
#ifndef RULES_EXPR_TRISTATE_H
#define RULES_EXPR_TRISTATE_H

#include "rules/expr/range.h"

/* A bit for "may be", a bit for "is": & and | of two are what && and || are. */
enum tristate {
	TRISTATE_NO = 0,
	TRISTATE_UNKNOWN = 1,
	TRISTATE_YES = 3,
};

static inline enum tristate tristate_of_range(struct range range)
{
	if (range_undecided(range))
		return TRISTATE_UNKNOWN;
	return range.upper == 0 && range.lower == 0 ? TRISTATE_NO : TRISTATE_YES;
}

#endif
