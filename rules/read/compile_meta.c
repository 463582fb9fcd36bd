/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/read/compile_meta.h"

#include "rules/model/glob.h"
#include "rules/read/compile_reject.h"

struct meta_names {
	struct ruleset *set;
	const struct rule *rule; /* that is parsed */
};

/* rules_matching(GLOB): the sum of all other rules whose names match. */
static void sum_matching(const struct meta_names *names, struct str glob,
                         struct expr_value *value_r)
{
	const struct rule_list *rules = &names->set->rules;
	vec_of(size_t) slots = { 0 };

	for (size_t i = 0; i < rules->len; i++)
		if (rules->items[i] != names->rule && glob_match(glob, rules->items[i]->name))
			vec_push(names->set->arena, &slots, rules->items[i]->slot);
	value_r->slots = slots.items;
	value_r->slot_count = slots.len;
}

/* A rule that is not there counts as 0. */
static bool look_up(void *context, struct str name, struct str argument, struct expr_value *value_r,
                    struct error *err_r)
{
	const struct meta_names *names = context;
	const struct rule *rule;
	size_t *slot;

	if (str_eq(name, STR("rules_matching")) && argument.data != NULL) {
		sum_matching(names, argument, value_r);
		return true;
	}
	if (argument.data != NULL)
		return error_set(err_r, "an operator is missing after '%.*s'", STR_FMT(name));
	if (str_eq(name, STR("local_tests_only"))) {
		value_r->number = !names->set->network_tests;
		return true;
	}
	if (!rule_name_valid(name))
		return error_set(err_r, "'%.*s' is no name of a rule", STR_FMT(name));
	rule = map_get(names->set->by_name, name);
	if (rule == NULL || rule->type == RULE_UNDEFINED) {
		vec_push(names->set->arena, &names->set->mentions,
		         ((struct ruleset_mention){ name, names->rule->line, true }));
		return true;
	}
	slot = arena_alloc(names->set->arena, sizeof(*slot));
	*slot = rule->slot;
	value_r->slots = slot;
	value_r->slot_count = 1;
	return true;
}

static void parse_meta(struct ruleset *set, struct rule *rule, struct problems *problems)
{
	struct meta_names context = { set, rule };
	struct expr_names names = { look_up, &context };
	struct error error;
	size_t offset;

	rule->expr = expr_parse(set->arena, rule->definition, &names, &offset, &error);
	if (rule->expr == NULL)
		compile_reject(rule, problems, rule->definition.data + offset, error.text,
		               "its expression is wrong");
}

/* What is known about each meta while they are put into order, by slot. */
struct meta_state {
	size_t waits_for; /* metas that are not in order yet */
	vec_of(struct rule *) dependents;
	bool peeled; /* stuck, but no part of a circle */
	bool silent; /* a meta that it depends on never runs, so SpamAssassin never runs it */
};

static bool takes_part(const struct rule *rule)
{
	return rule->type == RULE_META && rule->expr != NULL;
}

/*
 * SpamAssassin waits for the metas that a meta names; one whose score is 0 never runs and so
 * silences those that name it. Any other rule that never runs counts as 0.
 */
static bool silences(const struct rule *rule)
{
	return rule->type == RULE_META && rule->score == 0 && rule->learned_score == 0;
}

static void link_metas(struct ruleset *set, struct rule *rule, struct meta_state *states)
{
	size_t count;
	const size_t *slots = expr_slots(rule->expr, &count);

	for (size_t i = 0; i < count; i++) {
		struct rule *needed = set->rules.items[slots[i]];

		if (takes_part(needed)) {
			states[rule->slot].waits_for++;
			vec_push(set->arena, &states[needed->slot].dependents, rule);
		}
		if (silences(needed))
			states[rule->slot].silent = true;
	}
}

/* One of the metas that this one waited for is done with. */
static void release(struct ruleset *set, struct meta_state *states, struct rule *rule,
                    struct rule_list *ready)
{
	if (--states[rule->slot].waits_for == 0 && rule->off == NULL)
		vec_push(set->arena, ready, rule);
}

/* Takes a meta whose needs are all in order. */
static void settle(struct ruleset *set, struct rule *rule, struct meta_state *states,
                   struct rule_list *ready)
{
	struct meta_state *state = &states[rule->slot];

	if (state->silent)
		rule->off = "a meta that it needs has the score 0";
	else
		vec_push(set->arena, &set->by_type[RULE_META], rule);
	for (size_t i = 0; i < state->dependents.len; i++) {
		struct rule *dependent = state->dependents.items[i];

		if (state->silent)
			states[dependent->slot].silent = true;
		release(set, states, dependent, ready);
	}
}

/* In a circle, or between two circles: those that are stuck and that a stuck meta needs. */
static bool peel(struct meta_state *states, const struct rule *rule)
{
	struct meta_state *state = &states[rule->slot];

	if (!takes_part(rule) || state->waits_for == 0 || state->peeled)
		return false;
	for (size_t i = 0; i < state->dependents.len; i++) {
		const struct meta_state *dependent = &states[state->dependents.items[i]->slot];

		if (dependent->waits_for > 0 && !dependent->peeled)
			return false;
	}
	state->peeled = true;
	return true;
}

/* Takes the circular ones out; those that only need one of them can be settled after that. */
static void reject_circular(struct ruleset *set, struct meta_state *states,
                            struct problems *problems, struct rule_list *ready)
{
	struct rule_list circular = { 0 };
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = set->rules.len; i-- > 0;)
			more = peel(states, set->rules.items[i]) || more;
	}
	for (size_t i = 0; i < set->rules.len; i++)
		if (takes_part(set->rules.items[i]) && states[i].waits_for > 0 && !states[i].peeled)
			vec_push(set->arena, &circular, set->rules.items[i]);
	for (size_t i = 0; i < circular.len; i++) {
		struct rule *rule = circular.items[i];

		compile_reject(rule, problems, rule->definition.data,
		               "this meta depends on itself by way of others", "it is circular");
	}
	for (size_t i = 0; i < circular.len; i++) {
		const struct meta_state *state = &states[circular.items[i]->slot];

		for (size_t k = 0; k < state->dependents.len; k++)
			release(set, states, state->dependents.items[k], ready);
	}
}

void compile_metas(struct ruleset *set, struct problems *problems)
{
	struct meta_state *states = arena_calloc(set->arena, set->slots, sizeof(*states));
	struct rule_list ready = { 0 };
	size_t done = 0;

	for (size_t i = 0; i < set->rules.len; i++)
		if (set->rules.items[i]->type == RULE_META && set->rules.items[i]->off == NULL)
			parse_meta(set, set->rules.items[i], problems);
	for (size_t i = 0; i < set->rules.len; i++)
		if (takes_part(set->rules.items[i]))
			link_metas(set, set->rules.items[i], states);
	for (size_t i = 0; i < set->rules.len; i++)
		if (takes_part(set->rules.items[i]) && states[i].waits_for == 0)
			vec_push(set->arena, &ready, set->rules.items[i]);
	for (; done < ready.len; done++)
		settle(set, ready.items[done], states, &ready);
	reject_circular(set, states, problems, &ready);
	for (; done < ready.len; done++)
		settle(set, ready.items[done], states, &ready);
}
