/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/candidates.h"

#include "rules/field.h"
#include "rules/prefilter.h"

/* A rule that hits where its pattern does not, or whose text may come from elsewhere, is always
 * tried. */
static const struct pattern *filter_pattern(const struct rule *rule)
{
	if (rule->exists || rule->negated || rule->wants_captures || rule->if_unset.data != NULL)
		return NULL;
	return rule->pattern;
}

static void compile_type(struct ruleset *set, enum rule_type type)
{
	const struct rule_list *rules = &set->by_type[type];

	if (rules->len == 0)
		return;
	set->prefilters[type] = prefilter_new(set->arena);
	for (size_t i = 0; i < rules->len; i++) {
		rules->items[i]->number = i;
		prefilter_add(set->prefilters[type], i, filter_pattern(rules->items[i]));
	}
	prefilter_compile(set->prefilters[type]);
}

bool candidates_filter(const struct ruleset *set, const struct rule *rule)
{
	const struct prefilter *prefilter = set->prefilters[rule->type];

	return prefilter != NULL && prefilter_is_filtered(prefilter, rule->number);
}

/* Does the rule hit where its field is not there? */
static bool hits_without_field(const struct rule *rule, struct pattern_matcher *matcher)
{
	struct pattern_span span;
	enum pattern_result result;

	if (rule->exists || rule->wants_captures)
		return rule->wants_captures;
	result = pattern_match(rule->pattern, matcher, rule->if_unset, 0, &span);
	return result == PATTERN_ABANDONED || (result == PATTERN_MATCH) != rule->negated;
}

static void index_headers(struct ruleset *set)
{
	const struct rule_list *headers = &set->by_type[RULE_HEADER];
	struct pattern_matcher *matcher = pattern_matcher_new(set->match_limit);

	set->by_field = arena_calloc(set->arena, set->fields.len, sizeof(*set->by_field));
	for (size_t i = 0; i < headers->len; i++) {
		struct rule *rule = headers->items[i];
		struct field_rules *rules = &set->by_field[rule->field];

		rules->filtered += candidates_filter(set, rule);
		if (!candidates_filter(set, rule))
			vec_push(set->arena, &rules->unfiltered, rule);
		if (hits_without_field(rule, matcher))
			vec_push(set->arena, &set->hit_without_field, rule);
	}
	pattern_matcher_free(matcher);
}

void candidates_compile(struct ruleset *set)
{
	static const enum rule_type types[] = { RULE_HEADER, RULE_BODY, RULE_RAWBODY, RULE_FULL,
		                                RULE_URI };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		compile_type(set, types[i]);
	for (size_t type = 0; type < RULE_TYPE_COUNT; type++)
		for (size_t i = 0; i < set->by_type[type].len; i++)
			if (!candidates_filter(set, set->by_type[type].items[i]))
				vec_push(set->arena, &set->unfiltered[type],
				         set->by_type[type].items[i]);
	index_headers(set);
}

static void add_text(struct match *match, const struct rule *rule, size_t text)
{
	struct scanner *scanner = match->scanner;
	struct candidate *candidate = &scanner->candidates[rule->slot];
	struct candidate_text entry = { .number = (uint32_t)text };

	vec_push(match->arena, &match->texts, entry);
	if (candidate->last == 0) {
		candidate->first = (uint32_t)match->texts.len;
		scanner->candidate_slots[scanner->candidate_count++] = (uint32_t)rule->slot;
	} else {
		match->texts.items[candidate->last - 1].next = (uint32_t)match->texts.len;
	}
	candidate->last = (uint32_t)match->texts.len;
}

void candidates_find(struct match *match, enum rule_type type, const struct str_list *texts)
{
	const struct prefilter *prefilter = match->set->prefilters[type];
	size_t count;

	for (size_t i = 0; prefilter != NULL && i < texts->len; i++) {
		const uint32_t *numbers =
			prefilter_scan(prefilter, match->scanner->scratch, texts->items[i], &count);

		for (size_t k = 0; k < count; k++)
			add_text(match, match->set->by_type[type].items[numbers[k]], i);
	}
}

void candidates_find_in_field(struct match *match, size_t field, struct str value)
{
	size_t count;
	const uint32_t *numbers = prefilter_scan(match->set->prefilters[RULE_HEADER],
	                                         match->scanner->scratch, value, &count);

	for (size_t i = 0; i < count; i++) {
		const struct rule *rule = match->set->by_type[RULE_HEADER].items[numbers[i]];

		if (rule->field == field)
			add_text(match, rule, 0);
	}
}

const struct candidate_text *candidates_next(const struct match *match, const struct rule *rule,
                                             const struct candidate_text *previous)
{
	uint32_t next =
		previous != NULL ? previous->next : match->scanner->candidates[rule->slot].first;

	return next > 0 ? &match->texts.items[next - 1] : NULL;
}
