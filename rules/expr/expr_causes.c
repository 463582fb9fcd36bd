/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/expr/expr_causes.h"

#include "rules/expr/expr_data.h"

/* A value, and the causes from number `first` on until the next one's. */
struct cause {
	double value;
	size_t first;
};

struct causing {
	const struct expr *expr;
	struct arena *arena;
	double (*value_of)(void *context, size_t slot);
	void *context;
	struct slot_list *causes;
	struct cause stack[EXPR_MAX_DEPTH + 1];
	size_t top;
};

/* An input; it is a cause where it isn't 0. */
static double add_input(struct causing *causing, size_t slot)
{
	double value = causing->value_of(causing->context, slot);

	if (value != 0)
		vec_push(causing->arena, causing->causes, slot);
	return value;
}

static void push_inputs(struct causing *causing, const size_t *slots, size_t count)
{
	struct cause cause = { 0, causing->causes->len };

	for (size_t i = 0; i < count; i++)
		cause.value += add_input(causing, slots[i]);
	causing->stack[causing->top++] = cause;
}

/* Forgets causes [from, to). */
static void forget(struct causing *causing, size_t from, size_t to)
{
	struct slot_list *causes = causing->causes;

	for (size_t i = to; i < causes->len; i++)
		causes->items[from + i - to] = causes->items[i];
	causes->len -= to - from;
}

static bool first_side_counts(enum expr_op op)
{
	return op != EXPR_OP_LESS && op != EXPR_OP_LESS_EQUAL;
}

static bool last_side_counts(enum expr_op op)
{
	return op != EXPR_OP_GREATER && op != EXPR_OP_GREATER_EQUAL && op != EXPR_OP_SUBTRACT &&
	       op != EXPR_OP_DIVIDE;
}

static void join(struct causing *causing, enum expr_op op)
{
	struct cause *last = &causing->stack[--causing->top], *first = last - 1;
	double value = expr_binary_value(op, first->value, last->value);

	if (value == 0 || !last_side_counts(op) || last->value == 0)
		forget(causing, last->first, causing->causes->len);
	if (value == 0 || !first_side_counts(op) || first->value == 0)
		forget(causing, first->first, last->first);
	first->value = value;
}

static void choose(struct causing *causing)
{
	struct cause *no = &causing->stack[causing->top - 1], *yes = no - 1, *condition = yes - 1;

	if (condition->value != 0) {
		forget(causing, no->first, causing->causes->len);
		condition->value = yes->value;
	} else {
		forget(causing, yes->first, no->first);
		condition->value = no->value;
	}
	if (condition->value == 0)
		causing->causes->len = condition->first;
	causing->top -= 2;
}

static void take_step(struct causing *causing, const struct expr_step *step)
{
	struct cause *last = &causing->stack[causing->top - (causing->top > 0)];

	switch (step->op) {
	case EXPR_OP_NUMBER:
		causing->stack[causing->top++] =
			(struct cause){ step->number, causing->causes->len };
		break;
	case EXPR_OP_SLOT:
		push_inputs(causing, &step->slot, 1);
		break;
	case EXPR_OP_SUM:
		push_inputs(causing, causing->expr->slots.items + step->sum.first, step->sum.count);
		break;
	case EXPR_OP_NEGATE:
		last->value = -last->value;
		break;
	case EXPR_OP_NOT:
		last->value = last->value == 0;
		causing->causes->len = last->first;
		break;
	case EXPR_OP_CHOOSE:
		choose(causing);
		break;
	default:
		join(causing, step->op);
		break;
	}
}

void expr_causes(const struct expr *expr, struct arena *arena,
                 double (*value_of)(void *context, size_t slot), void *context,
                 struct slot_list *causes)
{
	struct causing causing = { .expr = expr,
		                   .arena = arena,
		                   .value_of = value_of,
		                   .context = context,
		                   .causes = causes };
	size_t first = causes->len;

	for (size_t i = 0; i < expr->steps.len; i++)
		take_step(&causing, &expr->steps.items[i]);
	if (causing.stack[0].value == 0)
		causes->len = first;
}
