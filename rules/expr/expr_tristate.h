/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether an expression is true, that is other than 0, where not all inputs are known: three-valued
 * logic, as SQL's. Quicker than expr_range.h, and enough for most metas, which are && and || of
 * rules. Pure; thread-safe.
 */
#ifndef RULES_EXPR_EXPR_TRISTATE_H
#define RULES_EXPR_EXPR_TRISTATE_H

#include "rules/expr/expr_range.h"
#include "rules/expr/tristate.h"

/* The value. Looks at the tristates of inputs, and at the ranges of those that expr_counted() sets.
 */
enum tristate expr_tristate(const struct expr *expr, const struct expr_inputs *inputs);
/* As expr_unknown(), after expr_tristate() gave TRISTATE_UNKNOWN. */
size_t expr_tristate_unknown(const struct expr *expr, const struct expr_inputs *inputs);
/* Sets counted[slot] for inputs of which the range matters, not only whether they are 0. */
void expr_counted(const struct expr *expr, bool *counted);

#endif
