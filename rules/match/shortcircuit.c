/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/match/shortcircuit.h"

#include <stdlib.h>

#include "base/decimal.h"
#include "rules/match/matcher.h"

#define CAPTURING_PRIORITY (-10000)
#define NETWORK_PRIORITY   (-100)
/* Of a rule that stops the scan by its own score. */
#define MARK_SCORE 0

/* The order in which SpamAssassin tries the rules of one priority. */
static int kind_order(const struct rule *rule)
{
	struct str text = rule->line->text;

	switch (rule->type) {
	case RULE_HEADER:
		return 0;
	case RULE_BODY:
		return 2;
	case RULE_URI:
		return 3;
	case RULE_MIME_HEADER:
	case RULE_URI_DETAIL:
		return 4;
	case RULE_RAWBODY:
		return 5;
	case RULE_FULL:
		return 7;
	case RULE_META:
		return 9;
	default:
		break;
	}
	if (str_starts_ci(text, STR("header")))
		return 1;
	if (str_starts_ci(text, STR("full")))
		return 8;
	return rule->eval_raw ? 6 : 4;
}

static int by_priority(const void *a, const void *b)
{
	const struct rule *x = *(struct rule *const *)a, *y = *(struct rule *const *)b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

/* What a meta needs is tried no later than the meta's priority says. */
static void pull_forward(struct ruleset *set, const struct rule *meta)
{
	size_t count;
	const size_t *slots = expr_slots(meta->expr, &count);

	for (size_t i = 0; i < count; i++) {
		struct rule *input = set->rules.items[slots[i]];

		if (input->turn > meta->turn)
			input->turn = meta->turn;
	}
}

/* Metas have their turn when the last of their inputs had it. */
static void place_meta(struct ruleset *set, struct rule *meta)
{
	size_t count;
	const size_t *slots = expr_slots(meta->expr, &count);
	int64_t last = INT64_MIN;

	for (size_t i = 0; i < count; i++) {
		const struct rule *input = set->rules.items[slots[i]];

		if (input->off == NULL && input->turn > last)
			last = input->turn;
	}
	/* Turns of inputs are priorities times 16, metas at the end of each. */
	meta->turn = last == INT64_MIN ? last : last - (((last % 16) + 16) % 16) + kind_order(meta);
}

void shortcircuit_compile(struct ruleset *set)
{
	const struct rule_list *metas = &set->by_type[RULE_META];
	struct rule **order = arena_alloc(set->arena, set->rules.len * sizeof(struct rule *));

	if (!set->shortcircuit.used || set->rules.len == 0)
		return;
	for (size_t i = 0; i < set->rules.len; i++) {
		struct rule *rule = set->rules.items[i];

		if (rule->captures)
			rule->priority = CAPTURING_PRIORITY;
		else if (rule->priority == 0 && (rule->flags & RULE_FLAG_NET) != 0)
			rule->priority = NETWORK_PRIORITY;
		rule->turn = rule->priority;
		order[i] = rule;
	}
	qsort(order, set->rules.len, sizeof(*order), by_priority);
	for (size_t i = 0; i < set->rules.len; i++) {
		if (order[i]->type == RULE_META && order[i]->off == NULL)
			pull_forward(set, order[i]);
	}
	for (size_t i = 0; i < set->rules.len; i++) {
		struct rule *rule = set->rules.items[i];

		rule->turn = rule->turn * 16 + kind_order(rule);
	}
	for (size_t i = 0; i < metas->len; i++)
		place_meta(set, metas->items[i]);
}

static const struct rule *rule_of(const struct match *match, const struct rule_hit *hit)
{
	return map_get(match->set->by_name, hit->name);
}

/* The first that hit, sub-rules included; NULL: none. */
static const struct rule *first_stopper(const struct match *match)
{
	const struct rule_list *rules = &match->set->rules;
	const struct rule *first = NULL;

	for (size_t i = 0; i < rules->len; i++) {
		const struct rule *rule = rules->items[i];

		if (rule->shortcircuit == SHORTCIRCUIT_OFF || rule->off != NULL ||
		    match->scanner->tristates[rule->slot] != TRISTATE_YES)
			continue;
		if (first == NULL || rule->turn < first->turn)
			first = rule;
	}
	return first;
}

static int64_t turn_of(const struct match *match, size_t i)
{
	return rule_of(match, &match->hits->items[i])->turn;
}

/* The earliest turn after `turn` at which something hit, and the sum of all that hit then. */
static bool next_turn(const struct match *match, int64_t turn, int64_t *next_r, int32_t *sum)
{
	bool found = false;

	for (size_t i = 0; i < match->hits->len; i++) {
		int64_t other = turn_of(match, i);

		if (other > turn && (!found || other < *next_r)) {
			*next_r = other;
			found = true;
		}
	}
	for (size_t i = 0; found && i < match->hits->len; i++) {
		if (turn_of(match, i) == *next_r)
			*sum = decimal_add(*sum, match->hits->items[i].score);
	}
	return found;
}

/*
 * The turn in which the sum is beyond the limits when one more rule hits; INT64_MAX: none. *sum_r
 * is what it was then.
 */
static int64_t limit_turn(const struct match *match, int32_t *sum_r)
{
	const struct ruleset_shortcircuit_settings *settings = &match->set->shortcircuit;
	int64_t turn = INT64_MIN, next = 0;
	int32_t sum = 0;

	if (!settings->has_max_spam && !settings->has_min_ham)
		return INT64_MAX;
	for (*sum_r = 0; next_turn(match, turn, &next, &sum); *sum_r = sum, turn = next) {
		if ((settings->has_min_ham && *sum_r < settings->min_ham) ||
		    (settings->has_max_spam && *sum_r > settings->max_spam))
			return next;
	}
	return INT64_MAX;
}

static void drop_later(struct match *match, int64_t turn)
{
	struct hits *hits = match->hits;
	size_t kept = 0;

	for (size_t i = 0; i < hits->len; i++) {
		if (rule_of(match, &hits->items[i])->turn <= turn)
			hits->items[kept++] = hits->items[i];
	}
	hits->len = kept;
}

static void add_mark(struct match *match, int32_t score)
{
	struct rule_hit hit = { .name = STR("SHORTCIRCUIT"), .score = score };
	const struct rule *rule = map_get(match->set->by_name, hit.name);

	if (rule != NULL)
		hit.description = rule->description;
	vec_push(match->arena, match->hits, hit);
}

static void stop_at(struct match *match, const struct rule *rule)
{
	const struct ruleset_shortcircuit_settings *settings = &match->set->shortcircuit;
	struct hits *hits = match->hits;
	bool ham = rule->shortcircuit == SHORTCIRCUIT_HAM ||
	           (rule->shortcircuit == SHORTCIRCUIT_ON && matcher_score(match, rule, 1) < 0);

	drop_later(match, rule->turn);
	hits->shortcircuit_rule = rule->name;
	hits->shortcircuit_type = ham ? "ham" : "spam";
	if (rule->shortcircuit == SHORTCIRCUIT_ON)
		add_mark(match, MARK_SCORE);
	else
		add_mark(match, ham ? settings->ham_score : settings->spam_score);
}

void shortcircuit_apply(struct match *match)
{
	const struct rule *stopper;
	int32_t sum;
	int64_t turn;

	if (!match->set->shortcircuit.used)
		return;
	stopper = first_stopper(match);
	turn = limit_turn(match, &sum);
	if (stopper != NULL && stopper->turn <= turn) {
		stop_at(match, stopper);
	} else if (turn < INT64_MAX) {
		drop_later(match, turn);
		match->hits->shortcircuit_type = sum < 0 ? "ham" : "spam";
		add_mark(match, sum < 0 ? -1 : 1);
	}
}
