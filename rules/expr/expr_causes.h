/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which inputs make an expression true: for an explanation, not for a decision. Pure; thread-safe;
 * linear in the expression but for what it adds.
 */
#ifndef RULES_EXPR_EXPR_CAUSES_H
#define RULES_EXPR_EXPR_CAUSES_H

#include "rules/expr/expr.h"

struct slot_list {
	vec_members(size_t);
};

/*
 * Appends the slots whose values other than 0 speak for the expression's being true: of && both
 * sides, of || those that are true, of a comparison the side that is the greater; nothing of what
 * stands under a "!". `value_of` is asked for each input, once or more; what isn't known counts as
 * 0. Nothing is added where the expression is false by that.
 */
void expr_causes(const struct expr *expr, struct arena *arena,
                 double (*value_of)(void *context, size_t slot), void *context,
                 struct slot_list *causes);

#endif
