/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Expressions of `meta` rules and `if` lines: arithmetic, comparison and logic with Perl's
 * precedence and results (a && b is b where a is true). Parsed once into postfix code in an arena,
 * evaluated without allocation by any thread. Parsing fails with the offset of the trouble;
 * evaluation can't fail: a division by zero gives 0.
 */
#ifndef RULES_EXPR_EXPR_H
#define RULES_EXPR_EXPR_H

#include "base/error.h"
#include "base/vec.h"

struct expr;

/* What a name stands for: a number, or the sum of the values in some slots. */
struct expr_value {
	double number;
	const size_t *slots;
	size_t slot_count;
};

struct expr_names {
	/*
	 * Looks up `name`, or `name(argument)` where argument.data is not NULL. False with *err_r
	 * for a name that can't be used.
	 */
	bool (*look_up)(void *context, struct str name, struct str argument,
	                struct expr_value *value_r, struct error *err_r);
	void *context;
};

/* NULL, with where in the text in *offset_r and what in *err_r, for a text that is no expression.
 */
struct expr *expr_parse(struct arena *arena, struct str text, const struct expr_names *names,
                        size_t *offset_r, struct error *err_r);
/* The value, where `values` holds that of each slot. */
double expr_eval(const struct expr *expr, const double *values);
/* The slots that an expression reads, each once for each time that it is named. */
const size_t *expr_slots(const struct expr *expr, size_t *count_r);

#endif
