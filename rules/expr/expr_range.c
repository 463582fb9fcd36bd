/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/expr/expr_range.h"

#include <assert.h>
#include <float.h>

#include "rules/expr/expr_data.h"

static const struct range truth = { 0, 1 };
static const struct range anything = { -RANGE_MAX, RANGE_MAX };

static struct range exactly(double value)
{
	return (struct range){ value, value };
}

static double least(double a, double b)
{
	return a < b ? a : b;
}

static double most(double a, double b)
{
	return a > b ? a : b;
}

static struct range either(struct range a, struct range b)
{
	return (struct range){ least(a.lower, b.lower), most(a.upper, b.upper) };
}

/* The same if it is known not to be 0; for values that aren't negative. */
static struct range not_zero(struct range a)
{
	return a.lower == 0 ? (struct range){ DBL_TRUE_MIN, a.upper } : a;
}

static struct range bounded(struct range a)
{
	return (struct range){ most(a.lower, -RANGE_MAX), least(a.upper, RANGE_MAX) };
}

static struct range product(struct range a, struct range b)
{
	struct range one = { a.lower * b.lower, a.lower * b.upper };
	struct range two = { a.upper * b.lower, a.upper * b.upper };

	if (one.lower > one.upper)
		one = (struct range){ one.upper, one.lower };
	if (two.lower > two.upper)
		two = (struct range){ two.upper, two.lower };
	return bounded(either(one, two));
}

/* a < b, or with `equal` a <= b. */
static struct range less(struct range a, struct range b, bool equal)
{
	if (equal ? a.upper <= b.lower : a.upper < b.lower)
		return exactly(1);
	if (equal ? a.lower > b.upper : a.lower >= b.upper)
		return exactly(0);
	return truth;
}

static struct range and (struct range a, struct range b)
{
	if (!range_undecided(a))
		return range_known(a) && a.lower == 0 ? a : b;
	return either(exactly(0), b);
}

static struct range or (struct range a, struct range b)
{
	if (!range_undecided(a))
		return range_known(a) && a.lower == 0 ? b : a;
	return either(not_zero(a), b);
}

static bool disjoint(struct range a, struct range b)
{
	return a.upper < b.lower || b.upper < a.lower;
}

/* Of two operands of all operators but && and ||. */
static struct range of_two(enum expr_op op, struct range a, struct range b)
{
	if (range_known(a) && range_known(b))
		return exactly(expr_binary_value(op, a.lower, b.lower));
	switch (op) {
	case EXPR_OP_ADD:
		return bounded((struct range){ a.lower + b.lower, a.upper + b.upper });
	case EXPR_OP_SUBTRACT:
		return bounded((struct range){ a.lower - b.upper, a.upper - b.lower });
	case EXPR_OP_MULTIPLY:
		return product(a, b);
	case EXPR_OP_LESS:
		return less(a, b, false);
	case EXPR_OP_LESS_EQUAL:
		return less(a, b, true);
	case EXPR_OP_GREATER:
		return less(b, a, false);
	case EXPR_OP_GREATER_EQUAL:
		return less(b, a, true);
	case EXPR_OP_EQUAL:
		return disjoint(a, b) ? exactly(0) : truth;
	case EXPR_OP_NOT_EQUAL:
		return disjoint(a, b) ? exactly(1) : truth;
	default: /* division and ^, which no rules have of what isn't known */
		return anything;
	}
}

static struct range not(struct range a)
{
	if (range_undecided(a))
		return truth;
	return exactly(range_known(a) && a.lower == 0);
}

size_t expr_steps(const struct expr *expr)
{
	return expr->steps.len;
}

/* Of an && or ||, whose first operand may decide it. */
static inline bool decides(enum expr_op op, struct range first)
{
	return op == EXPR_OP_AND ? first.lower == 0 && first.upper == 0
	                         : first.lower > 0 || first.upper < 0;
}

static struct range sum_of(const struct expr *expr, const struct expr_step *step,
                           const struct range *ranges)
{
	const size_t *slots = expr->slots.items + step->sum.first;
	struct range sum = { 0, 0 };

	for (size_t i = 0; i < step->sum.count; i++) {
		sum.lower += ranges[slots[i]].lower;
		sum.upper += ranges[slots[i]].upper;
	}
	return bounded(sum);
}

static struct range choose(const struct expr_step *items, size_t i, const struct range *steps)
{
	size_t second = i - 1 - items[i - 1].size;
	size_t first = second - items[second].size;

	if (range_undecided(steps[first]))
		return either(steps[second], steps[i - 1]);
	return steps[first].lower == 0 ? steps[i - 1] : steps[second];
}

static struct range step_range(const struct expr *expr, size_t i, const struct expr_inputs *inputs)
{
	const struct expr_step *items = expr->steps.items, *step = &items[i];
	const struct range *steps = inputs->step_ranges;

	switch (step->op) {
	case EXPR_OP_NUMBER:
		return exactly(step->number);
	case EXPR_OP_SLOT:
		return inputs->ranges[step->slot];
	case EXPR_OP_SUM:
		return sum_of(expr, step, inputs->ranges);
	case EXPR_OP_NEGATE:
		return (struct range){ -steps[i - 1].upper, -steps[i - 1].lower };
	case EXPR_OP_NOT:
		return not(steps[i - 1]);
	case EXPR_OP_AND:
		return and(steps[i - 1 - items[i - 1].size], steps[i - 1]);
	case EXPR_OP_OR:
		return or (steps[i - 1 - items[i - 1].size], steps[i - 1]);
	case EXPR_OP_CHOOSE:
		return choose(items, i, steps);
	default:
		return of_two(step->op, steps[i - 1 - items[i - 1].size], steps[i - 1]);
	}
}

struct range expr_step_range(const struct expr *expr, size_t first, size_t step,
                             const struct expr_inputs *inputs)
{
	const struct expr_step *items = expr->steps.items;
	struct range *steps = inputs->step_ranges;

	for (size_t i = first; i <= step; i++) {
		steps[i] = step_range(expr, i, inputs);
		while (i < step && items[i].joined != 0 &&
		       decides(items[items[i].joined].op, steps[i])) {
			steps[items[i].joined] = steps[i];
			i = items[i].joined;
		}
	}
	return steps[step];
}

struct range expr_range(const struct expr *expr, const struct expr_inputs *inputs)
{
	return expr_step_range(expr, 0, expr->steps.len - 1, inputs);
}

void expr_consider(struct expr_search *search, size_t slot)
{
	unsigned rank = search->inputs->ranks[slot];

	if (rank >= search->best_rank)
		return;
	search->best = slot;
	search->best_rank = rank;
}

static void consider_terms(struct expr_search *search, const struct expr_step *step)
{
	const size_t *slots = search->expr->slots.items + step->sum.first;

	for (size_t i = 0; i < step->sum.count; i++)
		if (!range_known(search->inputs->ranges[slots[i]]))
			expr_consider(search, slots[i]);
}

/* Goes down into the first operands, and calls itself for later ones, of which a long sum has one
 * each. */
void expr_search_range(struct expr_search *search, size_t at)
{
	const struct expr_step *items = search->expr->steps.items;
	const struct range *steps = search->inputs->step_ranges;

	while (items[at].op > EXPR_OP_SUM) {
		enum expr_op op = items[at].op;
		size_t last = at - 1, first;

		if (op == EXPR_OP_NEGATE || op == EXPR_OP_NOT) {
			at = last;
			continue;
		}
		first = last - items[last].size;
		if (op == EXPR_OP_CHOOSE) {
			size_t condition = first - items[first].size;

			at = range_undecided(steps[condition]) ? condition
			     : steps[condition].lower == 0     ? last
			                                       : first;
		} else if ((op == EXPR_OP_AND || op == EXPR_OP_OR) &&
		           !range_undecided(steps[first])) {
			bool zero = steps[first].lower == 0;

			at = (op == EXPR_OP_AND) == zero ? first : last;
		} else if (range_known(steps[first])) {
			at = last;
		} else {
			if (!range_known(steps[last]))
				expr_search_range(search, last);
			at = first;
		}
	}
	if (items[at].op == EXPR_OP_SUM)
		consider_terms(search, &items[at]);
	else
		expr_consider(search, items[at].slot);
}

size_t expr_unknown(const struct expr *expr, const struct expr_inputs *inputs)
{
	struct expr_search search = { expr, inputs, 0, EXPR_RANK_NONE };

	expr_search_range(&search, expr->steps.len - 1);
	assert(search.best_rank < EXPR_RANK_NONE && !range_known(inputs->ranges[search.best]));
	return search.best;
}
