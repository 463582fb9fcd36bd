/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/expr/expr_needs.h"

#include "rules/expr/expr_data.h"

static const struct expr_needs nothing = { .always = true, .weight = 1 };

static struct expr_needs lighter(struct expr_needs a, struct expr_needs b)
{
	if (a.always || b.always)
		return a.always ? b : a;
	return b.weight < a.weight ? b : a;
}

static struct expr_needs either(struct arena *arena, struct expr_needs a, struct expr_needs b)
{
	if (a.always || b.always)
		return nothing;
	for (size_t i = 0; i < b.slots.len; i++)
		vec_push(arena, &a.slots, b.slots.items[i]);
	a.weight = a.weight + b.weight < 1 ? a.weight + b.weight : 1;
	return a;
}

static struct expr_needs of_slot(struct arena *arena, size_t slot, double weight)
{
	struct expr_needs needs = { .weight = weight };

	vec_push(arena, &needs.slots, slot);
	return needs;
}

static struct expr_needs of_sum(const struct expr *expr, const struct expr_step *step,
                                struct arena *arena, const double *weights)
{
	const size_t *slots = expr->slots.items + step->sum.first;
	struct expr_needs needs = of_slot(arena, slots[0], weights[slots[0]]);

	for (size_t i = 1; i < step->sum.count; i++)
		needs = either(arena, needs, of_slot(arena, slots[i], weights[slots[i]]));
	return needs;
}

static bool is_number(const struct expr_step *step, double at_least)
{
	return step->op == EXPR_OP_NUMBER && step->number >= at_least;
}

static bool is_positive(const struct expr_step *step)
{
	return step->op == EXPR_OP_NUMBER && step->number > 0;
}

/* A comparison needs what its greater side needs, if the other is a number that isn't below 0. */
static struct expr_needs of_comparison(const struct expr_step *step, const struct expr_step *first,
                                       const struct expr_step *last, const struct expr_needs *of)
{
	struct expr_needs needs_first = of[0], needs_last = of[1];

	switch (step->op) {
	case EXPR_OP_GREATER:
		return is_number(last, 0) ? needs_first : nothing;
	case EXPR_OP_GREATER_EQUAL:
		return is_positive(last) ? needs_first : nothing;
	case EXPR_OP_LESS:
		return is_number(first, 0) ? needs_last : nothing;
	case EXPR_OP_LESS_EQUAL:
		return is_positive(first) ? needs_last : nothing;
	case EXPR_OP_EQUAL:
		if (is_positive(last))
			return needs_first;
		return is_positive(first) ? needs_last : nothing;
	default:
		return nothing;
	}
}

struct expr_needs expr_needs(const struct expr *expr, struct arena *arena, const double *weights)
{
	const struct expr_step *items = expr->steps.items;
	struct expr_needs stack[EXPR_MAX_DEPTH + 1];
	size_t top = 0;

	for (size_t i = 0; i < expr->steps.len; i++) {
		const struct expr_step *step = &items[i];

		switch (step->op) {
		case EXPR_OP_NUMBER:
			stack[top++] = step->number == 0 ? (struct expr_needs){ 0 } : nothing;
			break;
		case EXPR_OP_SLOT:
			stack[top++] = of_slot(arena, step->slot, weights[step->slot]);
			break;
		case EXPR_OP_SUM:
			stack[top++] = of_sum(expr, step, arena, weights);
			break;
		case EXPR_OP_NEGATE:
			break;
		case EXPR_OP_NOT:
			stack[top - 1] = nothing;
			break;
		case EXPR_OP_CHOOSE:
			top -= 2;
			stack[top - 1] = either(arena, stack[top], stack[top + 1]);
			break;
		case EXPR_OP_AND:
		case EXPR_OP_MULTIPLY:
			top--;
			stack[top - 1] = lighter(stack[top - 1], stack[top]);
			break;
		case EXPR_OP_DIVIDE:
			top--;
			break;
		case EXPR_OP_OR:
		case EXPR_OP_ADD:
		case EXPR_OP_SUBTRACT:
		case EXPR_OP_XOR:
			top--;
			stack[top - 1] = either(arena, stack[top - 1], stack[top]);
			break;
		default:
			top--;
			stack[top - 1] = of_comparison(step, &items[i - 1 - items[i - 1].size],
			                               &items[i - 1], &stack[top - 1]);
			break;
		}
	}
	return stack[0];
}
