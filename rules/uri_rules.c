/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/uri_rules.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/memory.h"
#include "rules/model/ruleset_data.h"
#include "rules/regex/factor_set.h"
#include "rules/regex/pattern.h"
#include "rules/regex/pattern_class.h"

/* Steps of one pattern on one URI: they are short. */
#define STEPS_MAX 100000
/* Patterns given up before all are. */
#define ABANDONED_MAX 10

/* Matchers to be used again, since each has a mapping of its own for PCRE2's machine code. */
#define SPARE 8
static _Atomic(struct pattern_matcher *) spare[SPARE];

static struct pattern_matcher *take_matcher(void)
{
	for (size_t i = 0; i < SPARE; i++) {
		struct pattern_matcher *matcher = atomic_exchange(&spare[i], NULL);

		if (matcher != NULL)
			return matcher;
	}
	return pattern_matcher_new(STEPS_MAX);
}

static void leave_matcher(struct pattern_matcher *matcher)
{
	for (size_t i = 0; i < SPARE && matcher != NULL; i++)
		matcher = atomic_exchange(&spare[i], matcher);
	pattern_matcher_free(matcher);
}

static void give_up(struct uri_rules *rules)
{
	rules->gave_up = true;
	rules->knowledge.incomplete = true;
}

static enum pattern_result try_pattern(struct uri_rules *rules, const struct pattern *pattern,
                                       struct str uri, struct str *target_r)
{
	struct pattern_span span;
	enum pattern_result result = pattern_match(pattern, rules->matcher, uri, 0, &span);

	if (result == PATTERN_ABANDONED && ++rules->abandoned >= ABANDONED_MAX)
		give_up(rules);
	if (result == PATTERN_MATCH &&
	    (!pattern_group(rules->matcher, uri, 1, target_r) || str_find_char(*target_r, '.') < 0))
		return PATTERN_NO_MATCH;
	return result;
}

static void note_number(void *context, uint32_t number)
{
	struct uri_rules *rules = context;

	rules->may_match[number] = true;
}

static void begin(struct uri_rules *rules)
{
	if (rules->matcher != NULL)
		return;
	rules->matcher = take_matcher();
	rules->may_match = memory_alloc(rules->set->redirectors.len * sizeof(bool));
}

/* There are dozens of redirectors, and hardly a URI is of one: so one pass for what they hold. */
static bool find_target(void *context, struct str uri, struct str *target_r)
{
	struct uri_rules *rules = context;
	const struct ruleset *set = rules->set;

	begin(rules);
	if (deadline_passed(rules->deadline))
		give_up(rules);
	for (size_t i = 0; i < set->redirectors.len; i++)
		rules->may_match[i] = !factor_set_has(set->redirector_factors, i);
	factor_set_scan(set->redirector_factors, uri, note_number, rules);
	for (size_t i = 0; i < set->redirectors.len && !rules->gave_up; i++)
		if (rules->may_match[i] &&
		    try_pattern(rules, set->redirectors.items[i], uri, target_r) == PATTERN_MATCH)
			return true;
	return false;
}

/* A literal, in any case, as a factor. */
static struct factor factor_of_literal(struct str literal)
{
	struct factor factor = { .len = str_prefix(literal, FACTOR_STEPS).len };

	for (size_t i = 0; i < factor.len; i++) {
		byte_set_add(&factor.steps[i].byte, (unsigned char)literal.data[i]);
		pattern_class_fold(&factor.steps[i].byte);
	}
	return factor;
}

void uri_rules_compile(struct ruleset *set)
{
	struct arena *work = arena_new();

	set->redirector_factors = factor_set_new(set->arena);
	for (size_t i = 0; i < set->redirectors.len; i++) {
		struct pattern_needs needs;
		struct factor_list literals = { 0 };

		pattern_needs(work, set->redirectors.items[i], &needs);
		for (size_t k = 0; k < needs.literals.len; k++)
			vec_push(work, &literals, factor_of_literal(needs.literals.items[k]));
		factor_set_add(set->redirector_factors, (uint32_t)i,
		               needs.factors.len > 0 ? &needs.factors : &literals);
	}
	factor_set_complete(set->redirector_factors);
	arena_free(work);
}

void uri_rules_init(struct uri_rules *rules, const struct ruleset *set, struct deadline deadline)
{
	*rules = (struct uri_rules){ .set = set, .deadline = deadline };
	rules->knowledge.context = rules;
	rules->knowledge.reading = set->site.reading.version;
	rules->knowledge.find_target = set->redirectors.len > 0 ? find_target : NULL;
	if (set->domains.three_level != NULL || set->domains.two_level != NULL ||
	    set->domains.top_level != NULL)
		rules->knowledge.domains = &set->domains;
}

void uri_rules_deinit(struct uri_rules *rules)
{
	leave_matcher(rules->matcher);
	rules->matcher = NULL;
	free(rules->may_match);
	rules->may_match = NULL;
	rules->knowledge.find_target = NULL;
}
