/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/match/causes.h"

#include "rules/expr/expr_causes.h"

/* Metas that are looked through, one in another. */
#define DEPTH_MAX 10
/* Bytes of matched text that are kept. */
#define MATCHED_MAX 200
/* Rules that are looked at in all. */
#define LOOKED_AT_MAX 400

struct search {
	const struct match *match;
	struct rule_cause_list described, matched, nameless;
	size_t looked_at;
};

static double value_of(void *context, size_t slot)
{
	const struct scanner *scanner = ((const struct search *)context)->match->scanner;
	double value = scanner->ranges[slot].lower;

	/* Of some metas it is only known that they hit. */
	if (scanner->tristates[slot] != TRISTATE_YES)
		return 0;
	return value != 0 ? value : 1;
}

static bool is_there(const struct rule_cause_list *list, const struct rule *rule)
{
	for (size_t i = 0; i < list->len; i++)
		if (str_eq(list->items[i].name, rule->name))
			return true;
	return false;
}

static void add(struct search *search, struct rule_cause_list *list, const struct rule *rule)
{
	struct arena *arena = search->match->arena;
	struct str matched = search->match->scanner->matched[rule->slot];
	struct rule_cause cause = { .name = rule->name, .description = rule->description };

	if (list->len == CAUSES_MAX || is_there(list, rule))
		return;
	cause.matched = arena_str(arena, str_prefix(matched, MATCHED_MAX));
	vec_push(arena, list, cause);
}

static void look_at(struct search *search, const struct rule *meta, unsigned depth)
{
	struct slot_list slots = { 0 };

	expr_causes(meta->expr, search->match->arena, value_of, search, &slots);
	for (size_t i = 0; i < slots.len && search->looked_at++ < LOOKED_AT_MAX; i++) {
		const struct rule *rule = search->match->set->rules.items[slots.items[i]];

		if (rule->description.len > 0)
			add(search, &search->described, rule);
		else if (rule->type == RULE_META && rule->expr != NULL && depth < DEPTH_MAX)
			look_at(search, rule, depth + 1);
		else if (search->match->scanner->matched[rule->slot].len > 0)
			add(search, &search->matched, rule);
		else
			add(search, &search->nameless, rule);
	}
}

struct rule_cause_list causes_of(const struct match *match, const struct rule *rule)
{
	struct search search = { .match = match };

	if (rule->type == RULE_META && rule->expr != NULL)
		look_at(&search, rule, 0);
	if (search.described.len > 0)
		return search.described;
	return search.matched.len > 0 ? search.matched : search.nameless;
}
