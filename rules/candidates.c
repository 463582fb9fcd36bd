/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/candidates.h"

#include "rules/capture.h"
#include "rules/field.h"
#include "rules/outline_scan.h"
#include "rules/prefilter.h"

/* Literals that occur up to 2^this times as often are preferred to outlines, which take longer. */
#define RARITY_CLOSE 3.0
/* Outlines of one pattern that are too many to look for where there are literals. */
#define OUTLINES_MANY 12

/* A rule that hits where its pattern does not is always tried. */
static const struct pattern *filter_pattern(struct arena *arena, const struct rule *rule)
{
	if (rule->exists || rule->negated)
		return NULL;
	return rule->wants_captures ? capture_template(arena, rule) : rule->pattern;
}

static bool prefer_literals(const struct pattern_needs *needs)
{
	double rarity;

	if (!prefilter_has_literals || needs->literals.len == 0)
		return false;
	rarity = outline_literals_rarity(&needs->literals);
	return rarity >= OUTLINE_RARE || needs->outlines.len == 0 ||
	       needs->outlines.len > OUTLINES_MANY ||
	       rarity + RARITY_CLOSE >= needs->outlines.rarity;
}

/*
 * The cheapest necessary condition that is known of a pattern: literals, for Hyperscan, where they
 * are rare enough; else its outlines; else the literals that there are; or none. Without Hyperscan,
 * outlines or none.
 */
enum candidates_method candidates_choose(const struct ruleset *set, struct arena *arena,
                                         const struct rule *rule, struct pattern_needs *needs_r)
{
	const struct pattern *pattern = filter_pattern(arena, rule);

	*needs_r = (struct pattern_needs){ 0 };
	if (pattern != NULL && !set->all_rules)
		pattern_needs(arena, pattern, needs_r);
	if (prefer_literals(needs_r))
		return CANDIDATES_LITERALS;
	return needs_r->outlines.len > 0 ? CANDIDATES_OUTLINES : CANDIDATES_ALL;
}

static void compile_filter(struct ruleset *set, const struct rule *rule)
{
	struct arena *work = arena_new(); /* what is not looked for is most of the needs */
	struct pattern_needs needs;
	enum candidates_method method = candidates_choose(set, work, rule, &needs);

	if (method != CANDIDATES_OUTLINES)
		needs.outlines.len = 0;
	prefilter_add(set->prefilters[rule->type], rule->number,
	              method == CANDIDATES_LITERALS ? &needs.literals : NULL);
	outline_set_add(set->outlines[rule->type], (uint32_t)rule->number, &needs.outlines);
	arena_free(work);
}

static void compile_type(struct ruleset *set, enum rule_type type)
{
	const struct rule_list *rules = &set->by_type[type];

	if (rules->len == 0)
		return;
	set->prefilters[type] = prefilter_new(set->arena);
	set->outlines[type] = outline_set_new(set->arena);
	for (size_t i = 0; i < rules->len; i++) {
		rules->items[i]->number = i;
		compile_filter(set, rules->items[i]);
	}
	prefilter_compile(set->prefilters[type], &set->cache);
}

bool candidates_filter(const struct ruleset *set, const struct rule *rule)
{
	const struct prefilter *prefilter = set->prefilters[rule->type];

	return prefilter != NULL && (prefilter_is_filtered(prefilter, rule->number) ||
	                             outline_set_has(set->outlines[rule->type], rule->number));
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

	if (candidate->last > 0 && match->texts.items[candidate->last - 1].number == text)
		return;
	vec_push(match->arena, &match->texts, entry);
	if (candidate->last == 0) {
		candidate->first = (uint32_t)match->texts.len;
		scanner->candidate_slots[scanner->candidate_count++] = (uint32_t)rule->slot;
	} else {
		match->texts.items[candidate->last - 1].next = (uint32_t)match->texts.len;
	}
	candidate->last = (uint32_t)match->texts.len;
}

/* Where the text is that is looked through, for numbers that are found. */
struct place {
	struct match *match;
	const struct rule_list *rules;
	size_t text;
	size_t field; /* of RULE_HEADER */
};

static void note_number(void *context, uint32_t number)
{
	const struct place *place = context;
	const struct rule *rule = place->rules->items[number];

	if (rule->type != RULE_HEADER || rule->field == place->field)
		add_text(place->match, rule, place->text);
}

static void look_through(struct place *place, enum rule_type type, struct str text)
{
	const struct ruleset *set = place->match->set;
	size_t count;
	const uint32_t *numbers =
		prefilter_scan(set->prefilters[type], place->match->scanner->scratch, text, &count);

	for (size_t i = 0; i < count; i++)
		note_number(place, numbers[i]);
	outline_set_scan(set->outlines[type], text, note_number, place);
}

void candidates_find(struct match *match, enum rule_type type, const struct str_list *texts)
{
	struct place place = { .match = match, .rules = &match->set->by_type[type] };

	if (place.rules->len == 0)
		return;
	for (; place.text < texts->len; place.text++)
		look_through(&place, type, texts->items[place.text]);
}

void candidates_find_in_field(struct match *match, size_t field, struct str value)
{
	struct place place = { .match = match,
		               .rules = &match->set->by_type[RULE_HEADER],
		               .field = field };

	look_through(&place, RULE_HEADER, value);
}

const struct candidate_text *candidates_next(const struct match *match, const struct rule *rule,
                                             const struct candidate_text *previous)
{
	uint32_t next =
		previous != NULL ? previous->next : match->scanner->candidates[rule->slot].first;

	return next > 0 ? &match->texts.items[next - 1] : NULL;
}
