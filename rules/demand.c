/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/demand.h"

#include <string.h>

#include "rules/candidates.h"
#include "rules/expr_needs.h"
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
	uint64_t *pending; /* metas that may differ from 0 while all their inputs are 0 */
	size_t steps;      /* of the longest meta */
};

/* How often rules hit or may hit, very roughly: most that are filtered can't. */
#define WEIGHT_FILTERED   (1.0 / 32)
#define WEIGHT_UNFILTERED (1.0 / 4)

/* Cheap ones are tried first, since they often spare the dear ones. */
static unsigned char rank_of(const struct rule *rule)
{
	switch (rule->type) {
	case RULE_HEADER:
		return rule->filtered ? 0 : 1;
	case RULE_URI:
	case RULE_URI_DETAIL:
	case RULE_MIME_HEADER:
		return rule->filtered ? 2 : 5;
	case RULE_BODY:
		return rule->filtered ? 3 : 7;
	case RULE_RAWBODY:
	case RULE_FULL:
		return rule->filtered ? 4 : 8;
	case RULE_EVAL:
		return 6;
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

void demand_compile(struct ruleset *set)
{
	const struct rule_list *metas = &set->by_type[RULE_META];
	struct demand *demand = arena_new_object(set->arena, struct demand);
	double *weights = arena_calloc(set->arena, set->slots, sizeof(*weights));

	set->demand = demand;
	demand->watchers = arena_calloc(set->arena, set->slots, sizeof(*demand->watchers));
	demand->dependents = arena_calloc(set->arena, set->slots, sizeof(*demand->dependents));
	demand->ranks = arena_calloc(set->arena, set->slots, 1);
	demand->pending = arena_calloc(set->arena, metas->len / 64 + 1, sizeof(*demand->pending));
	for (size_t i = 0; i < set->rules.len; i++) {
		struct rule *rule = set->rules.items[i];

		rule->deferred = may_be_deferred(set, rule);
		if (rule->off != NULL || rule->type == RULE_META)
			continue;
		demand->ranks[i] = rank_of(rule);
		weights[i] = rule->filtered ? WEIGHT_FILTERED : WEIGHT_UNFILTERED;
	}
	for (size_t i = 0; i < metas->len; i++) {
		metas->items[i]->number = i;
		index_meta(set, metas->items[i], weights);
	}
}

void demand_shape(const struct ruleset *set, struct scanner_shape *shape)
{
	shape->metas = set->by_type[RULE_META].len;
	shape->meta_steps = set->demand->steps;
	shape->pending_metas = set->demand->pending;
}

static bool same(struct range a, struct range b)
{
	return a.lower == b.lower && a.upper == b.upper;
}

void demand_set(struct match *match, size_t slot, struct range range)
{
	const struct demand *demand = match->set->demand;
	struct scanner *scanner = match->scanner;
	const struct meta_numbers *metas =
		scanner->deciding ? &demand->dependents[slot] : &demand->watchers[slot];

	if (same(scanner->ranges[slot], range))
		return;
	scanner_set(scanner, slot, range);
	for (size_t i = 0; i < metas->len; i++)
		scanner->pending[metas->items[i] / 64] |= UINT64_C(1) << metas->items[i] % 64;
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

static void compute(struct match *match, const struct rule *meta)
{
	struct scanner *scanner = match->scanner;
	struct range range = value_range(expr_range(meta->expr, scanner->ranges, scanner->steps));

	demand_set(match, meta->slot, range);
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
			if (!meta->deferred && range_undecided(scanner->ranges[meta->slot]))
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

		if (!range_known(scanner->ranges[slots[i]]) && input->type == RULE_META)
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
	struct scanner *scanner = match->scanner;

	while (rule->type == RULE_META) {
		size_t slot;

		expr_range(rule->expr, scanner->ranges, scanner->steps);
		slot = expr_unknown(rule->expr, scanner->ranges, scanner->steps,
		                    match->set->demand->ranks);
		rule = match->set->rules.items[slot];
	}
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
		while (range_undecided(scanner->ranges[meta->slot])) {
			if (!find_out(match, meta))
				return false;
			scanner->round++;
			refresh(match, meta);
		}
	}
	return true;
}
