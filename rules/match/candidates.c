/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/match/candidates.h"

#include "rules/match/capture.h"
#include "rules/match/field.h"
#include "rules/regex/factor_set.h"
#include "rules/regex/prefilter.h"

/* Literals that occur up to 2^this times as often are preferred to factors, which take longer. */
#define RARITY_CLOSE 3.0
/* Literals that occur more often than once in 2^this bytes let nearly every text pass. */
#define LITERALS_POOR 9.0
/* If one pattern has more factors than this, its literals are preferred. */
#define FACTORS_MANY 12

/* A rule that hits where its pattern does not is always tried. */
static const struct pattern *filter_pattern(struct arena *arena, const struct rule *rule)
{
	if (rule->exists || rule->negated)
		return NULL;
	return rule->wants_captures ? capture_template(arena, rule) : rule->pattern;
}

/* Hyperscan needs some time to begin with: for short texts factors are cheaper. */
static bool is_short(const struct ruleset *set, const struct rule *rule)
{
	return rule->type == RULE_HEADER && !field_is_long(set->fields.items[rule->field]);
}

static bool prefer_literals(const struct pattern_needs *needs, bool text_is_short)
{
	double rarity;

	if (!prefilter_has_literals || needs->literals.len == 0)
		return false;
	rarity = factor_literals_rarity(&needs->literals);
	if (needs->factors.len == 0 ||
	    (needs->factors.len > FACTORS_MANY && rarity >= LITERALS_POOR))
		return true;
	if (text_is_short && rarity <= needs->factors.rarity + RARITY_CLOSE)
		return false;
	return rarity >= FACTOR_RARE || rarity + RARITY_CLOSE >= needs->factors.rarity;
}

/*
 * The cheapest known condition that a pattern needs: literals, for Hyperscan, if they are rare
 * enough; else its factors; else the literals that there are; or none. Without Hyperscan, factors
 * or none.
 */
enum candidates_method candidates_choose(const struct ruleset *set, struct arena *arena,
                                         const struct rule *rule, struct pattern_needs *needs_r)
{
	const struct pattern *pattern = filter_pattern(arena, rule);

	*needs_r = (struct pattern_needs){ 0 };
	if (pattern != NULL && !set->all_rules)
		pattern_needs(arena, pattern, needs_r);
	/* Few rules look at the whole message, and no other text is as long: PCRE2 finds the first
	 * bytes of a pattern faster than a pass for factors does. */
	if (rule->type == RULE_FULL)
		needs_r->factors.len = 0;
	if (prefer_literals(needs_r, is_short(set, rule)))
		return CANDIDATES_LITERALS;
	return needs_r->factors.len > 0 ? CANDIDATES_FACTORS : CANDIDATES_ALL;
}

static void add_rule(struct ruleset *set, struct ruleset_filter *filter, struct rule *rule)
{
	struct arena *work = arena_new(); /* what is not looked for is most of the needs */
	struct pattern_needs needs;
	enum candidates_method method = candidates_choose(set, work, rule, &needs);
	uint32_t number = (uint32_t)filter->slots.len;

	if (filter->slots.len == 0) {
		filter->prefilter = prefilter_new(set->arena);
		filter->factors = factor_set_new(set->arena);
		vec_push(set->arena, &set->prefilters, filter->prefilter);
	}
	vec_push(set->arena, &filter->slots, (uint32_t)rule->slot);
	if (method != CANDIDATES_FACTORS)
		needs.factors.len = 0;
	prefilter_add(filter->prefilter, number,
	              method == CANDIDATES_LITERALS ? &needs.literals : NULL);
	factor_set_add(filter->factors, number, &needs.factors);
	arena_free(work);
}

static void finish_filter(struct ruleset *set, struct ruleset_filter *filter,
                          struct rule_list *unfiltered)
{
	if (filter->slots.len == 0)
		return;
	factor_set_complete(filter->factors);
	for (size_t i = 0; i < filter->slots.len; i++) {
		struct rule *rule = set->rules.items[filter->slots.items[i]];

		rule->filtered = prefilter_is_filtered(filter->prefilter, i) ||
		                 factor_set_has(filter->factors, i);
		filter->any = filter->any || rule->filtered;
		if (!rule->filtered)
			vec_push(set->arena, unfiltered, rule);
	}
}

bool candidates_has_filter(enum rule_type type)
{
	return type == RULE_HEADER || type == RULE_BODY || type == RULE_RAWBODY ||
	       type == RULE_FULL || type == RULE_URI;
}

static void add_type(struct ruleset *set, enum rule_type type)
{
	const struct rule_list *rules = &set->by_type[type];

	if (!candidates_has_filter(type))
		set->unfiltered[type] = *rules;
	else
		for (size_t i = 0; i < rules->len; i++)
			add_rule(set, &set->filters[type], rules->items[i]);
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

static void add_headers(struct ruleset *set)
{
	const struct rule_list *headers = &set->by_type[RULE_HEADER];
	struct pattern_matcher *matcher = pattern_matcher_new(set->match_limit);

	set->by_field = arena_calloc(set->arena, set->fields.len, sizeof(*set->by_field));
	for (size_t i = 0; i < headers->len; i++) {
		struct rule *rule = headers->items[i];

		add_rule(set, &set->by_field[rule->field].filter, rule);
		if (hits_without_field(rule, matcher))
			vec_push(set->arena, &set->hit_without_field, rule);
	}
	pattern_matcher_free(matcher);
}

void candidates_compile(struct ruleset *set)
{
	for (size_t type = 0; type < RULE_TYPE_COUNT; type++)
		if (type != RULE_HEADER)
			add_type(set, (enum rule_type)type);
	add_headers(set);
	prefilter_compile_all(set->prefilters.items, set->prefilters.len, &set->cache);
	for (size_t type = 0; type < RULE_TYPE_COUNT; type++)
		finish_filter(set, &set->filters[type], &set->unfiltered[type]);
	for (size_t i = 0; i < set->fields.len; i++)
		finish_filter(set, &set->by_field[i].filter, &set->by_field[i].unfiltered);
}

static void add_text(struct match *match, uint32_t slot, size_t text)
{
	struct scanner *scanner = match->scanner;
	struct candidate *candidate = &scanner->candidates[slot];
	struct candidate_text entry = { .number = (uint32_t)text };

	if (candidate->last > 0 && match->texts.items[candidate->last - 1].number == text)
		return;
	vec_push(match->arena, &match->texts, entry);
	if (candidate->last == 0) {
		candidate->first = (uint32_t)match->texts.len;
		scanner->candidate_slots[scanner->candidate_count++] = slot;
	} else {
		match->texts.items[candidate->last - 1].next = (uint32_t)match->texts.len;
	}
	candidate->last = (uint32_t)match->texts.len;
}

/* Where the text is that is looked through, for numbers that are found. */
struct place {
	struct match *match;
	const struct ruleset_filter *filter;
	size_t text;
};

static void note_number(void *context, uint32_t number)
{
	const struct place *place = context;

	add_text(place->match, place->filter->slots.items[number], place->text);
}

static void look_through(struct place *place, struct str text)
{
	const struct ruleset_filter *filter = place->filter;
	size_t count;
	const uint32_t *numbers =
		prefilter_scan(filter->prefilter, place->match->scanner->scratch, text, &count);

	for (size_t i = 0; i < count; i++)
		note_number(place, numbers[i]);
	factor_set_scan(filter->factors, text, note_number, place);
}

void candidates_find(struct match *match, enum rule_type type, const struct str_list *texts)
{
	struct place place = { .match = match, .filter = &match->set->filters[type] };

	if (!place.filter->any)
		return;
	for (; place.text < texts->len; place.text++)
		look_through(&place, texts->items[place.text]);
}

void candidates_find_in_field(struct match *match, size_t field, struct str value)
{
	struct place place = { .match = match, .filter = &match->set->by_field[field].filter };

	look_through(&place, value);
}

const struct candidate_text *candidates_next(const struct match *match, const struct rule *rule,
                                             const struct candidate_text *previous)
{
	uint32_t next =
		previous != NULL ? previous->next : match->scanner->candidates[rule->slot].first;

	return next > 0 ? &match->texts.items[next - 1] : NULL;
}
