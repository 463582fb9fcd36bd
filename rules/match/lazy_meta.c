/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/match/lazy_meta.h"

#include "rules/match/lazy_meta_index.h"
#include "rules/match/rule_value.h"
#include "rules/match/run_rule.h"

void lazy_meta_shape(const struct ruleset *set, struct scanner_shape *shape)
{
	shape->metas = set->by_type[RULE_META].len;
	shape->meta_steps = set->meta_index->steps;
	shape->pending_metas = set->meta_index->pending;
}

static struct expr_inputs inputs_of(const struct match *match)
{
	const struct scanner *scanner = match->scanner;

	return (struct expr_inputs){ scanner->ranges, scanner->tristates,
		                     match->set->meta_index->ranks, scanner->step_ranges,
		                     scanner->step_tristates };
}

static void compute(struct match *match, const struct lazy_meta *meta)
{
	const struct expr_inputs inputs = inputs_of(match);

	if (meta->counted)
		rule_value_set(match, meta->slot, range_of_hits(expr_range(meta->expr, &inputs)));
	else
		rule_value_set_tristate(match, meta->slot, expr_tristate(meta->expr, &inputs));
}

/* The slot of an input of a meta that isn't known. */
static size_t unknown_input(struct match *match, const struct lazy_meta *meta)
{
	const struct expr_inputs inputs = inputs_of(match);

	if (meta->counted) {
		expr_range(meta->expr, &inputs);
		return expr_unknown(meta->expr, &inputs);
	}
	expr_tristate(meta->expr, &inputs);
	return expr_tristate_unknown(meta->expr, &inputs);
}

static bool is_unknown(const struct scanner *scanner, const struct lazy_meta *meta)
{
	return scanner->tristates[meta->slot] == TRISTATE_UNKNOWN ||
	       (meta->counted && !range_known(scanner->ranges[meta->slot]));
}

/*
 * Computes all metas that may differ from 0, inputs before what depends on them; then `wanted` has
 * those that reports show and that aren't decided.
 */
static void compute_pending(struct match *match)
{
	const struct lazy_meta_index *index = match->set->meta_index;
	struct scanner *scanner = match->scanner;

	for (size_t i = 0; i < match->set->by_type[RULE_META].len / 64 + 1; i++) {
		while (scanner->pending[i] != 0) {
			size_t number = i * 64 + (size_t)__builtin_ctzll(scanner->pending[i]);
			const struct lazy_meta *meta = &index->metas[number];

			scanner->pending[i] &= scanner->pending[i] - 1;
			compute(match, meta);
			if (!meta->deferred && !(meta->learned && match->opinion_missing) &&
			    scanner->tristates[meta->slot] == TRISTATE_UNKNOWN)
				scanner->wanted[scanner->wanted_count++] = (uint32_t)number;
		}
	}
}

/* Computes a meta again if an input changed; before that, those of its inputs that are metas, each
 * once per round. */
static void refresh(struct match *match, uint32_t number)
{
	const struct lazy_meta_index *index = match->set->meta_index;
	struct scanner *scanner = match->scanner;
	uint64_t *word = &scanner->pending[number / 64];
	uint64_t bit = UINT64_C(1) << number % 64;

	if (scanner->refreshed[number] == scanner->round)
		return;
	scanner->refreshed[number] = scanner->round;
	for (size_t i = index->inputs.starts[number]; i < index->inputs.starts[number + 1]; i++)
		if (is_unknown(scanner, &index->metas[index->inputs.items[i]]))
			refresh(match, index->inputs.items[i]);
	if ((*word & bit) == 0)
		return;
	*word &= ~bit;
	compute(match, &index->metas[number]);
}

/* Tries one rule that the meta's value depends on. */
static bool find_out(struct match *match, uint32_t number)
{
	const struct lazy_meta_index *index = match->set->meta_index;
	size_t slot = 0;

	for (; number != LAZY_META_NONE; number = index->meta_of[slot])
		slot = unknown_input(match, &index->metas[number]);
	return run_rule(match, match->set->rules.items[slot]);
}

bool lazy_meta_run(struct match *match)
{
	const struct lazy_meta_index *index = match->set->meta_index;
	struct scanner *scanner = match->scanner;

	scanner->wanted_count = 0;
	compute_pending(match);
	scanner->deciding = true;
	for (size_t i = 0; i < scanner->wanted_count; i++) {
		uint32_t number = scanner->wanted[i];

		scanner->round++;
		refresh(match, number);
		while (scanner->tristates[index->metas[number].slot] == TRISTATE_UNKNOWN) {
			if (!find_out(match, number))
				return false;
			scanner->round++;
			refresh(match, number);
		}
	}
	return true;
}
