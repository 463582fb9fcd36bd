/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/expr/expr_truth.h"

#include <assert.h>

#include "rules/expr/expr_data.h"

/* Of a step that is no first operand: no truth at all. */
#define NEVER_DECISIVE 255

static uint32_t add_step(struct arena *arena, struct expr *expr, struct truth_step step)
{
	step.decisive = NEVER_DECISIVE;
	vec_push(arena, &expr->truth_steps, step);
	return (uint32_t)expr->truth_steps.len - 1;
}

static uint32_t add_slot(struct arena *arena, struct expr *expr, size_t slot)
{
	struct truth_step step = { .op = TRUTH_OP_SLOT, .slot = (uint32_t)slot };

	return add_step(arena, expr, step);
}

static uint32_t add_range(struct arena *arena, struct expr *expr, uint32_t first, uint32_t last)
{
	struct truth_step step = { .op = TRUTH_OP_RANGE, .range = { first, last } };

	return add_step(arena, expr, step);
}

static uint32_t add_not(struct arena *arena, struct expr *expr)
{
	struct truth_step *last = &expr->truth_steps.items[expr->truth_steps.len - 1];

	if (last->op != TRUTH_OP_SLOT)
		return add_step(arena, expr, (struct truth_step){ .op = TRUTH_OP_NOT });
	last->op = TRUTH_OP_NOT_SLOT;
	return (uint32_t)expr->truth_steps.len - 1;
}

/* Behind both operands, of which the first ends at `first`. */
static uint32_t add_joint(struct arena *arena, struct expr *expr, enum op op, uint32_t first)
{
	bool both = op == OP_AND;
	struct truth_step step = { .op = both ? TRUTH_OP_AND : TRUTH_OP_OR, .first = first };
	uint32_t joint = add_step(arena, expr, step);

	expr->truth_steps.items[first].decisive = both ? TRUTH_NO : TRUTH_YES;
	expr->truth_steps.items[first].joined = joint;
	return joint;
}

static bool is_logic(enum op op)
{
	return op == OP_SLOT || op == OP_NOT || op == OP_AND || op == OP_OR;
}

/*
 * By first step of each value that only has to be other than 0: the number behind its last. From
 * the last step of all, the whole, down.
 */
static uint32_t *find_values(struct arena *work, const struct expr *expr)
{
	const struct step *steps = expr->steps.items;
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
	struct truth_step *steps = expr->truth_steps.items;

	for (size_t i = expr->truth_steps.len; i-- > 0;)
		if (steps[i].decisive != NEVER_DECISIVE &&
		    steps[steps[i].joined].decisive == steps[i].decisive)
			steps[i].joined = steps[steps[i].joined].joined;
}

void expr_truth_compile(struct arena *arena, struct expr *expr)
{
	struct arena *work = arena_new();
	const uint32_t *ends = find_values(work, expr);
	uint32_t operands[EXPR_MAX_DEPTH + 1]; /* their last steps */
	size_t top = 0;

	for (uint32_t i = 0; i < expr->steps.len; i++) {
		const struct step *step = &expr->steps.items[i];

		if (ends[i] != 0) {
			operands[top++] = add_range(arena, expr, i, ends[i] - 1);
			i = ends[i] - 1;
		} else if (step->op == OP_SLOT) {
			operands[top++] = add_slot(arena, expr, step->slot);
		} else if (step->op == OP_NOT) {
			operands[top - 1] = add_not(arena, expr);
		} else {
			top--;
			operands[top - 1] = add_joint(arena, expr, step->op, operands[top - 1]);
		}
	}
	join_chains(expr);
	arena_free(work);
}

static inline unsigned not(unsigned truth)
{
	return truth == TRUTH_UNKNOWN ? TRUTH_UNKNOWN : TRUTH_YES - truth;
}

enum truth expr_truth(const struct expr *expr, const struct expr_inputs *inputs)
{
	const struct truth_step *steps = expr->truth_steps.items;
	unsigned char *truths = inputs->step_truths;
	size_t len = expr->truth_steps.len;
	unsigned truth = TRUTH_NO;

	for (size_t i = 0; i < len; i++) {
		const struct truth_step *step = &steps[i];

		switch ((enum truth_op)step->op) {
		case TRUTH_OP_SLOT:
			truth = inputs->truths[step->slot];
			break;
		case TRUTH_OP_NOT_SLOT:
			truth = not(inputs->truths[step->slot]);
			break;
		case TRUTH_OP_NOT:
			truth = not(truth);
			break;
		case TRUTH_OP_AND:
			truth &= truths[step->first];
			break;
		case TRUTH_OP_OR:
			truth |= truths[step->first];
			break;
		case TRUTH_OP_RANGE:
			truth = truth_of_range(
				expr_step_range(expr, step->range.first, step->range.last, inputs));
			break;
		}
		/* Most metas are decided by their first operands. */
		if (truth == step->decisive)
			i = step->joined;
		truths[i] = (unsigned char)truth;
	}
	return truth;
}

/* Step `at` isn't known. */
static void search_below(struct expr_search *search, size_t at)
{
	const struct truth_step *steps = search->expr->truth_steps.items;
	const unsigned char *truths = search->inputs->step_truths;

	while (steps[at].op >= TRUTH_OP_NOT) {
		size_t first = steps[at].first;

		if (steps[at].op == TRUTH_OP_NOT || truths[first] != TRUTH_UNKNOWN) {
			at--;
			continue;
		}
		if (truths[at - 1] == TRUTH_UNKNOWN)
			search_below(search, at - 1);
		at = first;
	}
	if (steps[at].op == TRUTH_OP_RANGE)
		expr_search_range(search, steps[at].range.last);
	else
		expr_consider(search, steps[at].slot);
}

size_t expr_truth_unknown(const struct expr *expr, const struct expr_inputs *inputs)
{
	struct expr_search search = { expr, inputs, 0, RANK_NONE };

	search_below(&search, expr->truth_steps.len - 1);
	assert(search.best_rank < RANK_NONE);
	return search.best;
}

void expr_counted(const struct expr *expr, bool *counted)
{
	for (size_t i = 0; i < expr->truth_steps.len; i++) {
		const struct truth_step *truth_step = &expr->truth_steps.items[i];
		size_t k = truth_step->range.first;

		for (; truth_step->op == TRUTH_OP_RANGE && k <= truth_step->range.last; k++) {
			const struct step *step = &expr->steps.items[k];

			if (step->op == OP_SLOT)
				counted[step->slot] = true;
			for (size_t n = 0; step->op == OP_SUM && n < step->sum.count; n++)
				counted[expr->slots.items[step->sum.first + n]] = true;
		}
	}
}
