/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/match/matcher.h"

#include <math.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "rules/match/candidates.h"
#include "rules/match/causes.h"
#include "rules/match/field.h"
#include "rules/match/lazy_meta.h"
#include "rules/match/opinion.h"
#include "rules/match/rule_value.h"
#include "rules/match/run_rule.h"

/* Bytes of matched text that reports show. */
#define MATCHED_MAX 200

/* A rule that may hit: tried now, or when a meta needs it. */
static bool take(struct match *match, size_t slot)
{
	return rule_value_may_hit(match, slot) || run_rule(match, match->set->rules.items[slot]);
}

static bool take_all(struct match *match, const struct rule_list *rules)
{
	for (size_t i = 0; i < rules->len; i++)
		if (!take(match, rules->items[i]->slot))
			return false;
	return true;
}

/* The rules that the prefilter let pass since `first`. */
static bool take_candidates(struct match *match, size_t first)
{
	const struct scanner *scanner = match->scanner;

	for (size_t i = first; i < scanner->candidate_count; i++)
		if (!take(match, scanner->candidate_slots[i]))
			return false;
	return true;
}

static bool take_field(struct match *match, size_t field)
{
	const struct ruleset_field_rules *rules = &match->set->by_field[field];
	size_t first = match->scanner->candidate_count;
	const struct field_value *value;

	if (match->scanner->fields[field].tried ||
	    (!rules->filter.any && rules->unfiltered.len == 0))
		return true;
	match->scanner->fields[field].tried = true;
	value = field_get(match, field);
	if (!value->present)
		return true;
	if (rules->filter.any)
		candidates_find_in_field(match, field, value->text);
	return take_candidates(match, first) && take_all(match, &rules->unfiltered);
}

static bool take_fields(struct match *match, const struct ruleset_field_numbers *fields)
{
	for (size_t i = 0; fields != NULL && i < fields->len; i++)
		if (!take_field(match, fields->items[i]))
			return false;
	return true;
}

/* Goes by the fields that are there, since rules ask for many more that aren't. */
static bool take_headers(struct match *match)
{
	const struct header_list *headers = &match->facts->message->headers;
	const struct rule_list *without = &match->set->hit_without_field;

	for (size_t i = 0; i < headers->len; i++)
		if (!take_fields(match,
		                 map_get(match->set->fields_by_name, headers->items[i].name)))
			return false;
	if (!take_fields(match, &match->set->pseudo_fields))
		return false;
	for (size_t i = 0; i < without->len; i++)
		if (!match->scanner->fields[without->items[i]->field].present &&
		    !take(match, without->items[i]->slot))
			return false;
	return true;
}

static bool take_region(struct match *match, enum rule_type type, const struct str_list *texts)
{
	size_t first = match->scanner->candidate_count;

	candidates_find(match, type, texts);
	return take_candidates(match, first) && take_all(match, &match->set->unfiltered[type]);
}

/* Notes that a type is finished; returns true, so that it can be part of a chain. */
static bool finish(struct match *match, enum rule_type type)
{
	match->finished |= 1u << type;
	return true;
}

static bool take_texts(struct match *match, enum rule_type type, const struct str_list *texts)
{
	return take_region(match, type, texts) && finish(match, type);
}

static bool take_unfiltered(struct match *match, enum rule_type type)
{
	return take_all(match, &match->set->unfiltered[type]) && finish(match, type);
}

void matcher_run_local(struct match *match)
{
	const struct message *message = match->facts->message;
	struct str start = str_prefix(message->raw, RUN_RULE_FULL_BYTES);
	const struct str_list raw = { &start, 1, 1 };

	match->local_done = take_all(match, &match->set->capturing) && take_headers(match) &&
	                    finish(match, RULE_HEADER) &&
	                    take_texts(match, RULE_BODY, &message->body) &&
	                    take_texts(match, RULE_RAWBODY, &message->rawbody) &&
	                    take_texts(match, RULE_FULL, &raw) &&
	                    take_texts(match, RULE_URI, run_rule_uri_texts(match)) &&
	                    take_unfiltered(match, RULE_URI_DETAIL) &&
	                    take_unfiltered(match, RULE_MIME_HEADER) &&
	                    take_all(match, &match->set->unfiltered[RULE_EVAL]);
}

/* Those of rules that asked. */
static bool take_asked_hits(struct match *match)
{
	for (size_t i = 0; i < match->asked_hits.len; i++) {
		const struct asked_hit *hit = &match->asked_hits.items[i];

		if (match->scanner->tristates[hit->slot] == TRISTATE_YES)
			continue;
		rule_value_set(match, hit->slot, (struct range){ 1, 1 });
		if (hit->matched.len > 0)
			match->scanner->matched[hit->slot] = hit->matched;
	}
	return true;
}

/* Metas that don't depend on it are decided before what was learned is asked, since they are
 * evidence; then the rest. */
static bool ask_learned(struct match *match)
{
	const struct rule_list *rules = &match->set->after_learned;

	if (match->models == NULL)
		return true;
	match->opinion_missing = true;
	for (size_t i = 0; i < rules->len; i++)
		rule_value_set(match, rules->items[i]->slot, (struct range){ 0, 1 });
	if (!lazy_meta_run(match))
		return false;
	opinion_ask(match);
	match->opinion_missing = false;
	for (size_t i = 0; i < rules->len; i++)
		if (!run_rule(match, rules->items[i]))
			return false;
	return true;
}

void matcher_run_rest(struct match *match)
{
	if (take_asked_hits(match) && match->local_done && finish(match, RULE_ASK) &&
	    take_all(match, &match->set->after_answers) && ask_learned(match) &&
	    finish(match, RULE_EVAL) && lazy_meta_run(match))
		finish(match, RULE_META);
}

int32_t matcher_score(const struct match *match, const struct rule *rule, double hits)
{
	int64_t total = match->learned ? rule->learned_score : rule->score;

	if (rule->eval != NULL && rule->eval->graded)
		return (int32_t)(hits < 1 ? lround((double)total * hits) : total);
	if ((rule->flags & RULE_FLAG_MULTIPLE) != 0 && rule->type != RULE_META &&
	    rule->type != RULE_EVAL)
		total *= (int64_t)hits;
	if (total > DECIMAL_MAX)
		return DECIMAL_MAX;
	return total < -DECIMAL_MAX ? -DECIMAL_MAX : (int32_t)total;
}

/* Rules may have scores that are 0 only with what was learned, or only without. */
static bool counts(const struct match *match, const struct rule *rule)
{
	size_t number = (match->set->network_tests ? 1 : 0) + (match->learned ? 2 : 0);

	return (match->learned ? rule->learned_score : rule->score) != 0 || rule->tiny[number];
}

static bool has_hit(const struct match *match, size_t slot)
{
	const struct rule *rule;

	if (match->scanner->tristates[slot] != TRISTATE_YES || !match->set->shown[slot])
		return false;
	rule = match->set->rules.items[slot];
	return rule_is_sub(rule) || counts(match, rule);
}

static void collect(struct match *match, const struct rule *rule)
{
	double value = match->scanner->ranges[rule->slot].lower;
	struct str matched = match->scanner->matched[rule->slot];
	struct rule_hit hit = { .name = rule->name, .description = rule->description };

	if (rule_is_sub(rule)) {
		vec_push(match->arena, &match->hits->subs, ((struct sub_hit){ rule->name, value }));
		return;
	}
	hit.score = matcher_score(match, rule, value);
	hit.matched = arena_str(match->arena, str_prefix(matched, MATCHED_MAX));
	hit.causes = causes_of(match, rule);
	hit.learned = rule->learned && rule->type != RULE_META;
	vec_push(match->arena, match->hits, hit);
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void matcher_collect(struct match *match)
{
	const struct scanner *scanner = match->scanner;
	struct rule *const *rules = match->set->rules.items;
	uint32_t *slots = arena_alloc(match->arena, scanner->touched_count * sizeof(*slots));
	size_t count = 0;

	for (size_t i = 0; i < scanner->touched_count; i++)
		if (has_hit(match, scanner->touched[i]))
			slots[count++] = scanner->touched[i];
	/* Slots are numbered in file order. */
	qsort(slots, count, sizeof(*slots), by_number);
	for (size_t i = 0; i < count; i++)
		collect(match, rules[slots[i]]);
}
