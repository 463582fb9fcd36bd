/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/recipient_changes.h"

#include <string.h>

#include "base/decimal.h"
#include "base/strbuf.h"
#include "rules/eval/eval.h"
#include "rules/expr/expr_range.h"
#include "rules/match/matcher.h"

struct view {
	struct match *match;
	struct range *common; /* by slot: the values of all rules, as the hits have them */
	struct range *own;    /* the recipient's */
	struct strbuf rules;
	int32_t score;
};

/* What the function says to somebody for whom the sender stands like this. */
static double value_for(struct match *match, const struct rule *rule,
                        const struct people_standing *standing)
{
	struct eval_context context = match_eval_context(match, rule);
	struct facts facts = *match->facts;
	struct people people = *match->facts->people;
	struct str matched = match->matched;
	double value;

	people.standing = *standing;
	facts.people = &people;
	context.facts = &facts;
	value = rule->eval->run(&context);
	match->matched = matched;
	return value;
}

/* Where it isn't known, it is as it was. */
static int32_t points_of(const struct match *match, const struct rule *rule, struct range range,
                         int32_t otherwise)
{
	if (range.upper <= 0)
		return 0;
	return range.lower > 0 ? matcher_score(match, rule, range.lower) : otherwise;
}

static void compare(struct view *view, const struct rule *rule)
{
	int32_t before = points_of(view->match, rule, view->common[rule->slot], 0);
	int32_t after = points_of(view->match, rule, view->own[rule->slot], before);
	char text[DECIMAL_TEXT_SIZE];

	if (rule_is_sub(rule) || before == after)
		return;
	view->score = decimal_add(view->score, after - before);
	strbuf_printf(&view->rules, "%s%.*s=%s", view->rules.len > 0 ? "," : "",
	              STR_FMT(rule->name), decimal_format(after - before, text));
}

static void compute_metas(struct view *view)
{
	const struct rule_list *metas = &view->match->set->by_type[RULE_META];
	const struct scanner *scanner = view->match->scanner;
	const struct expr_inputs inputs = { .ranges = view->own,
		                            .step_ranges = scanner->step_ranges,
		                            .step_tristates = scanner->step_tristates };

	for (size_t i = 0; i < metas->len; i++) {
		const struct rule *meta = metas->items[i];

		view->own[meta->slot] = range_of_hits(expr_range(meta->expr, &inputs));
	}
}

static struct hits_change change_for(struct match *match, struct range *common,
                                     const struct people_standing *standing)
{
	const struct rule_list *rules = &match->set->after_answers;
	const struct rule_list *metas = &match->set->by_type[RULE_META];
	size_t size = match->set->slots * sizeof(struct range);
	struct view view = { .match = match, .common = common };

	strbuf_init(&view.rules, match->arena);
	view.own = arena_alloc(match->arena, size);
	memcpy(view.own, common, size);
	for (size_t i = 0; i < rules->len; i++) {
		const struct rule *rule = rules->items[i];
		double value;

		if (!rule->eval->of_people)
			continue;
		value = value_for(match, rule, standing);
		view.own[rule->slot] = (struct range){ value, value };
		compare(&view, rule);
	}
	compute_metas(&view);
	for (size_t i = 0; i < metas->len; i++)
		compare(&view, metas->items[i]);
	return (struct hits_change){ view.score, strbuf_str(&view.rules) };
}

/* All values as they are, those of metas computed anew: not all of them are kept. */
static struct range *common_values(struct match *match)
{
	size_t slots = match->set->slots;
	struct view view = { .match = match };

	view.own = arena_alloc(match->arena, slots * sizeof(struct range));
	memcpy(view.own, match->scanner->ranges, slots * sizeof(struct range));
	compute_metas(&view);
	return view.own;
}

static bool is_same(const struct people_standing *a, const struct people_standing *b)
{
	return a->list == b->list && a->known == b->known;
}

void recipient_changes_find(struct match *match)
{
	const struct people *people = match->facts->people;
	struct hits_change *changes;
	struct range *common;

	if (people == NULL || people->recipient_count == 0 ||
	    match->hits->shortcircuit_type != NULL)
		return;
	common = common_values(match);
	changes = arena_calloc(match->arena, people->recipient_count, sizeof(*changes));
	for (size_t i = 0; i < people->recipient_count; i++) {
		const struct people_standing *standing = &people->recipients[i];

		if (i > 0 && is_same(standing, &people->recipients[i - 1]))
			changes[i] = changes[i - 1];
		else if (!is_same(standing, &people->standing))
			changes[i] = change_for(match, common, standing);
	}
	match->hits->changes = changes;
}
