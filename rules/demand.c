/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/demand.h"

#include <string.h>

#include "rules/candidates.h"
#include "rules/expr_needs.h"
#include "rules/field.h"
#include "rules/tries.h"

/* Numbers of metas. */
struct meta_numbers {
	uint32_t *items;
	size_t len;
	size_t cap;
};

struct demand {
	struct meta_numbers *watchers;   /* by slot: those that may differ from 0 where it does */
	struct meta_numbers *dependents; /* by slot: all that name it */
	unsigned char *ranks;            /* by slot: what it costs to know the value */
	bool *counted;     /* by slot: more of the value counts than whether it is 0 */
	uint64_t *pending; /* metas that may differ from 0 while all their inputs are 0 */
	size_t steps;      /* of the longest meta */
};

/* How often rules hit or may hit, very roughly: most that are filtered can't. */
#define WEIGHT_FILTERED   (1.0 / 32)
#define WEIGHT_UNFILTERED (1.0 / 4)

/* Cheap ones are tried first, since they often spare the dear ones. The order was found by counting
 * the instructions of several. */
static unsigned char rank_of(const struct ruleset *set, const struct rule *rule)
{
	switch (rule->type) {
	case RULE_HEADER:
		if (!rule->exists && field_is_long(set->fields.items[rule->field]))
			return rule->filtered ? 4 : 7;
		return rule->filtered ? 0 : 1;
	case RULE_MIME_HEADER:
		return 1;
	case RULE_BODY:
		return rule->filtered ? 2 : 7;
	case RULE_URI:
	case RULE_URI_DETAIL:
		return rule->filtered ? 2 : 5;
	case RULE_EVAL:
		return 3;
	case RULE_RAWBODY:
	case RULE_FULL:
		return rule->filtered ? 4 : 8;
	default:
		return 0;
	}
}

/* Metas are in the order of their dependencies, so those of its inputs are ranked already. */
static unsigned char meta_rank(const struct demand *demand, const struct rule *meta)
{
	size_t count;
	const size_t *slots = expr_slots(meta->expr, &count);
	unsigned char rank = RANK_NONE - 1;

	for (size_t i = 0; i < count; i++)
		if (demand->ranks[slots[i]] < rank)
			rank = demand->ranks[slots[i]];
	return rank;
}

/* Slots may repeat. */
static void index_by_slots(struct ruleset *set, struct meta_numbers *by_slot, const size_t *slots,
                           size_t count, const struct rule *meta)
{
	for (size_t i = 0; i < count; i++) {
		struct meta_numbers *numbers = &by_slot[slots[i]];

		if (numbers->len == 0 || numbers->items[numbers->len - 1] != meta->number)
			vec_push(set->arena, numbers, (uint32_t)meta->number);
	}
}

static void index_meta(struct ruleset *set, const struct rule *meta, double *weights)
{
	struct demand *demand = set->demand;
	struct expr_needs needs = expr_needs(meta->expr, set->arena, weights);
	size_t count;
	const size_t *slots = expr_slots(meta->expr, &count);

	index_by_slots(set, demand->dependents, slots, count, meta);
	if (needs.always)
		demand->pending[meta->number / 64] |= UINT64_C(1) << meta->number % 64;
	else
		index_by_slots(set, demand->watchers, needs.slots.items, needs.slots.len, meta);
	if (expr_steps(meta->expr) > demand->steps)
		demand->steps = expr_steps(meta->expr);
	demand->ranks[meta->slot] = meta_rank(demand, meta);
	weights[meta->slot] = needs.weight;
}

static bool may_be_deferred(const struct ruleset *set, const struct rule *rule)
{
	return rule_is_sub(rule) && !rule->exists && !rule->captures && !set->all_rules &&
	       rule->shortcircuit == SHORTCIRCUIT_OFF;
}

/* Of a meta whose value counts, all inputs' values do; of others those that are added, compared …
 */
static void mark_counted(struct ruleset *set)
{
	const struct rule_list *metas = &set->by_type[RULE_META];
	bool *counted = set->demand->counted;

	for (size_t i = metas->len; i-- > 0;) {
		const struct rule *meta = metas->items[i];
		size_t count;
		const size_t *slots = expr_slots(meta->expr, &count);

		if (set->all_rules)
			counted[meta->slot] = true;
		if (!counted[meta->slot])
			expr_counted(meta->expr, counted);
		for (size_t k = 0; k < count && counted[meta->slot]; k++)
			counted[slots[k]] = true;
	}
}

void demand_compile(struct ruleset *set)
{
	const struct rule_list *metas = &set->by_type[RULE_META];
	struct demand *demand = arena_new_object(set->arena, struct demand);
	double *weights = arena_calloc(set->arena, set->slots, sizeof(*weights));

	set->demand = demand;
	demand->watchers = arena_calloc(set->arena, set->slots, sizeof(*demand->watchers));
	demand->dependents = arena_calloc(set->arena, set->slots, sizeof(*demand->dependents));
	demand->ranks = arena_calloc(set->arena, set->slots, 1);
	demand->counted = arena_calloc(set->arena, set->slots, sizeof(*demand->counted));
	demand->pending = arena_calloc(set->arena, metas->len / 64 + 1, sizeof(*demand->pending));
	for (size_t i = 0; i < set->rules.len; i++) {
		struct rule *rule = set->rules.items[i];

		rule->deferred = may_be_deferred(set, rule);
		if (rule->off != NULL || rule->type == RULE_META)
			continue;
		demand->ranks[i] = rank_of(set, rule);
		weights[i] = rule->filtered ? WEIGHT_FILTERED : WEIGHT_UNFILTERED;
	}
	for (size_t i = 0; i < metas->len; i++) {
		metas->items[i]->number = i;
		index_meta(set, metas->items[i], weights);
	}
	mark_counted(set);
}

void demand_shape(const struct ruleset *set, struct scanner_shape *shape)
{
	shape->metas = set->by_type[RULE_META].len;
	shape->meta_steps = set->demand->steps;
	shape->pending_metas = set->demand->pending;
}

static void tell_metas(struct match *match, size_t slot)
{
	const struct demand *demand = match->set->demand;
	struct scanner *scanner = match->scanner;
	const struct meta_numbers *metas =
		scanner->deciding ? &demand->dependents[slot] : &demand->watchers[slot];

	for (size_t i = 0; i < metas->len; i++)
		scanner->pending[metas->items[i] / 64] |= UINT64_C(1) << metas->items[i] % 64;
}

static void set_truth(struct match *match, size_t slot, enum truth truth)
{
	struct scanner *scanner = match->scanner;

	if (scanner->truths[slot] == truth)
		return;
	scanner_touch(scanner, slot);
	scanner->truths[slot] = (unsigned char)truth;
	tell_metas(match, slot);
}

void demand_set(struct match *match, size_t slot, struct range range)
{
	struct scanner *scanner = match->scanner;
	struct range *old = &scanner->ranges[slot];

	if (old->lower == range.lower && old->upper == range.upper)
		return;
	scanner_touch(scanner, slot);
	scanner->truths[slot] = (unsigned char)truth_of_range(range);
	*old = range;
	tell_metas(match, slot);
}

void demand_may_hit(struct match *match, const struct rule *rule)
{
	demand_set(match, rule->slot, (struct range){ 0, tries_most(rule) });
}

/* A value below 0 counts as 1. */
static struct range value_range(struct range range)
{
	if (range.upper < 0)
		return (struct range){ 1, 1 };
	if (range.lower < 0)
		return (struct range){ 0, range.upper > 1 ? range.upper : 1 };
	return range;
}

static struct expr_inputs inputs_of(const struct match *match)
{
	const struct scanner *scanner = match->scanner;

	return (struct expr_inputs){ scanner->ranges, scanner->truths, match->set->demand->ranks,
		                     scanner->step_ranges, scanner->step_truths };
}

static void compute(struct match *match, const struct rule *meta)
{
	const struct expr_inputs inputs = inputs_of(match);

	if (match->set->demand->counted[meta->slot])
		demand_set(match, meta->slot, value_range(expr_range(meta->expr, &inputs)));
	else
		set_truth(match, meta->slot, expr_truth(meta->expr, &inputs));
}

/* One of the inputs of a meta that isn't known. */
static size_t unknown_input(struct match *match, const struct rule *meta)
{
	const struct expr_inputs inputs = inputs_of(match);

	if (match->set->demand->counted[meta->slot]) {
		expr_range(meta->expr, &inputs);
		return expr_unknown(meta->expr, &inputs);
	}
	expr_truth(meta->expr, &inputs);
	return expr_truth_unknown(meta->expr, &inputs);
}

static bool is_unknown(const struct match *match, size_t slot)
{
	return match->scanner->truths[slot] == TRUTH_UNKNOWN ||
	       !range_known(match->scanner->ranges[slot]);
}

/*
 * Computes all metas that may differ from 0, inputs before what depends on them; then `wanted` has
 * those that reports show and that aren't decided.
 */
static void compute_pending(struct match *match)
{
	const struct rule_list *metas = &match->set->by_type[RULE_META];
	struct scanner *scanner = match->scanner;

	for (size_t i = 0; i < metas->len / 64 + 1; i++) {
		while (scanner->pending[i] != 0) {
			const struct rule *meta =
				metas->items[i * 64 + (size_t)__builtin_ctzll(scanner->pending[i])];

			scanner->pending[i] &= scanner->pending[i] - 1;
			compute(match, meta);
			if (!meta->deferred && scanner->truths[meta->slot] == TRUTH_UNKNOWN)
				scanner->wanted[scanner->wanted_count++] = (uint32_t)meta->slot;
		}
	}
}

/* Computes a meta again if an input changed, and before that those of its inputs that are metas,
 * each once a round. */
static void refresh(struct match *match, const struct rule *meta)
{
	struct scanner *scanner = match->scanner;
	uint64_t *word = &scanner->pending[meta->number / 64];
	uint64_t bit = UINT64_C(1) << meta->number % 64;
	size_t count;
	const size_t *slots = expr_slots(meta->expr, &count);

	if (scanner->refreshed[meta->number] == scanner->round)
		return;
	scanner->refreshed[meta->number] = scanner->round;
	for (size_t i = 0; i < count; i++) {
		const struct rule *input = match->set->rules.items[slots[i]];

		if (input->type == RULE_META && is_unknown(match, slots[i]))
			refresh(match, input);
	}
	if ((*word & bit) == 0)
		return;
	*word &= ~bit;
	compute(match, meta);
}

/* Tries one rule that the meta's value depends on. */
static bool find_out(struct match *match, const struct rule *rule)
{
	while (rule->type == RULE_META)
		rule = match->set->rules.items[unknown_input(match, rule)];
	return tries_run(match, rule);
}

bool demand_run(struct match *match)
{
	struct scanner *scanner = match->scanner;

	compute_pending(match);
	scanner->deciding = true;
	for (size_t i = 0; i < scanner->wanted_count; i++) {
		const struct rule *meta = match->set->rules.items[scanner->wanted[i]];

		scanner->round++;
		refresh(match, meta);
		while (scanner->truths[meta->slot] == TRUTH_UNKNOWN) {
			if (!find_out(match, meta))
				return false;
			scanner->round++;
			refresh(match, meta);
		}
	}
	return true;
}
