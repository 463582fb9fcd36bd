/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/match/match.h"

void match_note_undecided(struct match *match)
{
	struct rule_list *rules = &match->undecided;
	struct rule *rule = match->set->rules.items[match->rule->slot];

	if (rules->len == 0 || rules->items[rules->len - 1] != rule)
		vec_push(match->arena, rules, rule);
}

void match_abandon_rule(struct match *match)
{
	struct str_list *rules = &match->hits->limited_rules;
	struct str name = match->rule->name;

	match->hits->limits |= HITS_LIMIT_BACKTRACKING;
	match->abandoned = true;
	match_note_undecided(match);
	pattern_matcher_halve_limit(match->scanner->matcher);
	if (rules->len == 0 || !str_eq(rules->items[rules->len - 1], name))
		vec_push(match->arena, rules, name);
}

static bool found(struct match *match, enum pattern_result result)
{
	if (result == PATTERN_ABANDONED)
		match_abandon_rule(match);
	return result == PATTERN_MATCH;
}

bool match_pattern(struct match *match, const struct pattern *pattern, struct str text,
                   struct pattern_span *span_r)
{
	return found(match, pattern_match(pattern, match->scanner->matcher, text, 0, span_r));
}

bool match_pattern_next(struct match *match, const struct pattern *pattern, struct str text,
                        struct pattern_span *span)
{
	return found(match, pattern_match_next(pattern, match->scanner->matcher, text, span));
}

struct eval_context match_eval_context(struct match *match, const struct rule *rule)
{
	return (struct eval_context){
		.set = match->set,
		.facts = match->facts,
		.message = match->facts->message,
		.learned = match->learned ? match->hits->learned : NULL,
		.rule = rule,
		.args = rule != NULL ? &rule->eval_args : NULL,
		.arena = match->arena,
		.cache = &match->cache,
		.match = match,
	};
}
