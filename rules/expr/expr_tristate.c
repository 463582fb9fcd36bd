/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/expr/expr_tristate.h"

#include <assert.h>

#include "rules/expr/expr_data.h"

/* Of a step that is no first operand: no value at all. */
#define NEVER_DECISIVE 255

static uint32_t add_step(struct arena *arena, struct expr *expr, struct expr_tristate_step step)
{
	step.decisive = NEVER_DECISIVE;
	vec_push(arena, &expr->tristate_steps, step);
	return (uint32_t)expr->tristate_steps.len - 1;
}

static uint32_t add_slot(struct arena *arena, struct expr *expr, size_t slot)
{
	struct expr_tristate_step step = { .op = EXPR_TRISTATE_SLOT, .slot = (uint32_t)slot };

	return add_step(arena, expr, step);
}

static uint32_t add_range(struct arena *arena, struct expr *expr, uint32_t first, uint32_t last)
{
	struct expr_tristate_step step = { .op = EXPR_TRISTATE_RANGE, .range = { first, last } };

	return add_step(arena, expr, step);
}

static uint32_t add_not(struct arena *arena, struct expr *expr)
{
	struct expr_tristate_step *last = &expr->tristate_steps.items[expr->tristate_steps.len - 1];

	if (last->op != EXPR_TRISTATE_SLOT)
		return add_step(arena, expr,
		                (struct expr_tristate_step){ .op = EXPR_TRISTATE_NOT });
	last->op = EXPR_TRISTATE_NOT_SLOT;
	return (uint32_t)expr->tristate_steps.len - 1;
}

/* After both operands, of which the first ends at `first`. */
static uint32_t add_joint(struct arena *arena, struct expr *expr, enum expr_op op, uint32_t first)
{
	bool both = op == EXPR_OP_AND;
	struct expr_tristate_step step = { .op = both ? EXPR_TRISTATE_AND : EXPR_TRISTATE_OR,
		                           .first = first };
	uint32_t joint = add_step(arena, expr, step);

	expr->tristate_steps.items[first].decisive = both ? TRISTATE_NO : TRISTATE_YES;
	expr->tristate_steps.items[first].joined = joint;
	return joint;
}

static bool is_logic(enum expr_op op)
{
	return op == EXPR_OP_SLOT || op == EXPR_OP_NOT || op == EXPR_OP_AND || op == EXPR_OP_OR;
}

/*
 * By first step of each value that only has to be other than 0: the number after its last. From
 * the last step of all, the whole, down.
 */
static uint32_t *find_values(struct arena *work, const struct expr *expr)
{
	const struct expr_step *steps = expr->steps.items;
	uint32_t *ends = arena_calloc(work, expr->steps.len, sizeof(*ends));

	for (size_t i = expr->steps.len; i-- > 0;) {
		if (is_logic(steps[i].op))
			continue;
		ends[i + 1 - steps[i].size] = (uint32_t)i + 1;
		i -= steps[i].size - 1;
	}
	return ends;
}

/* What decides a && b decides a && b && c. */
static void join_chains(struct expr *expr)
{
	struct expr_tristate_step *steps = expr->tristate_steps.items;

	for (size_t i = expr->tristate_steps.len; i-- > 0;)
		if (steps[i].decisive != NEVER_DECISIVE &&
		    steps[steps[i].joined].decisive == steps[i].decisive)
			steps[i].joined = steps[steps[i].joined].joined;
}

void expr_tristate_compile(struct arena *arena, struct expr *expr)
{
	struct arena *work = arena_new();
	const uint32_t *ends = find_values(work, expr);
	uint32_t operands[EXPR_MAX_DEPTH + 1]; /* their last steps */
	size_t top = 0;

	for (uint32_t i = 0; i < expr->steps.len; i++) {
		const struct expr_step *step = &expr->steps.items[i];

		if (ends[i] != 0) {
			operands[top++] = add_range(arena, expr, i, ends[i] - 1);
			i = ends[i] - 1;
		} else if (step->op == EXPR_OP_SLOT) {
			operands[top++] = add_slot(arena, expr, step->slot);
		} else if (step->op == EXPR_OP_NOT) {
			operands[top - 1] = add_not(arena, expr);
		} else {
			top--;
			operands[top - 1] = add_joint(arena, expr, step->op, operands[top - 1]);
		}
	}
	join_chains(expr);
	arena_free(work);
}

static inline unsigned not(unsigned value)
{
	return value == TRISTATE_UNKNOWN ? TRISTATE_UNKNOWN : TRISTATE_YES - value;
}

enum tristate expr_tristate(const struct expr *expr, const struct expr_inputs *inputs)
{
	const struct expr_tristate_step *steps = expr->tristate_steps.items;
	unsigned char *tristates = inputs->step_tristates;
	size_t len = expr->tristate_steps.len;
	unsigned value = TRISTATE_NO;

	for (size_t i = 0; i < len; i++) {
		const struct expr_tristate_step *step = &steps[i];

		switch ((enum expr_tristate_op)step->op) {
		case EXPR_TRISTATE_SLOT:
			value = inputs->tristates[step->slot];
			break;
		case EXPR_TRISTATE_NOT_SLOT:
			value = not(inputs->tristates[step->slot]);
			break;
		case EXPR_TRISTATE_NOT:
			value = not(value);
			break;
		case EXPR_TRISTATE_AND:
			value &= tristates[step->first];
			break;
		case EXPR_TRISTATE_OR:
			value |= tristates[step->first];
			break;
		case EXPR_TRISTATE_RANGE:
			value = tristate_of_range(
				expr_step_range(expr, step->range.first, step->range.last, inputs));
			break;
		}
		/* Most metas are decided by their first operands. */
		if (value == step->decisive)
			i = step->joined;
		tristates[i] = (unsigned char)value;
	}
	return value;
}

/* Step `at` isn't known. */
static void search_below(struct expr_search *search, size_t at)
{
	const struct expr_tristate_step *steps = search->expr->tristate_steps.items;
	const unsigned char *tristates = search->inputs->step_tristates;

	while (steps[at].op >= EXPR_TRISTATE_NOT) {
		size_t first = steps[at].first;

		if (steps[at].op == EXPR_TRISTATE_NOT || tristates[first] != TRISTATE_UNKNOWN) {
			at--;
			continue;
		}
		if (tristates[at - 1] == TRISTATE_UNKNOWN)
			search_below(search, at - 1);
		at = first;
	}
	if (steps[at].op == EXPR_TRISTATE_RANGE)
		expr_search_range(search, steps[at].range.last);
	else
		expr_consider(search, steps[at].slot);
}

size_t expr_tristate_unknown(const struct expr *expr, const struct expr_inputs *inputs)
{
	struct expr_search search = { expr, inputs, 0, EXPR_RANK_NONE };

	search_below(&search, expr->tristate_steps.len - 1);
	assert(search.best_rank < EXPR_RANK_NONE);
	return search.best;
}

void expr_counted(const struct expr *expr, bool *counted)
{
	for (size_t i = 0; i < expr->tristate_steps.len; i++) {
		const struct expr_tristate_step *tristate_step = &expr->tristate_steps.items[i];
		size_t k = tristate_step->range.first;

		for (; tristate_step->op == EXPR_TRISTATE_RANGE && k <= tristate_step->range.last;
		     k++) {
			const struct expr_step *step = &expr->steps.items[k];

			if (step->op == EXPR_OP_SLOT)
				counted[step->slot] = true;
			for (size_t n = 0; step->op == EXPR_OP_SUM && n < step->sum.count; n++)
				counted[expr->slots.items[step->sum.first + n]] = true;
		}
	}
}
