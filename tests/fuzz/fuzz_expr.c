/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as an expression; what is one is evaluated. */
#include <assert.h>

#include "rules/expr/expr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Names stand for one of four values by their length, functions for the sum of all. */
static bool look_up(void *context, struct str name, struct str argument, struct expr_value *value_r,
                    struct error *err_r)
{
	static const size_t slots[] = { 0, 1, 2, 3 };

	(void)context;
	if (name.len > 8)
		return error_set(err_r, "too long");
	value_r->slots = argument.data != NULL ? slots : &slots[name.len % 4];
	value_r->slot_count = argument.data != NULL ? 4 : 1;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const double values[] = { 0, 1, 2.5, -3 };
	const struct expr_names names = { look_up, NULL };
	struct arena *arena = arena_new();
	struct error error;
	size_t offset = 0, count;
	struct expr *expr = expr_parse(arena, (struct str){ (const char *)data, size }, &names,
	                               &offset, &error);

	if (expr != NULL) {
		expr_eval(expr, values);
		expr_slots(expr, &count);
	} else {
		assert(offset <= size);
	}
	arena_free(arena);
	return 0;
}
