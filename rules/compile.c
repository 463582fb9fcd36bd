/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/compile.h"

#include "rules/eval.h"

/* SpamAssassin's scores, in thousandths, for rules that have none. */
#define DEFAULT_SCORE 1000
#define DEFAULT_TEST_SCORE 10

void compile_reject(struct rule *rule, struct problems *problems, const char *at, const char *what,
		    const char *off)
{
	struct source_position position = source_position_of(rule->line, at);

	problems_add(problems, PROBLEM_WARNING, &position, "%s; rule %.*s is off", what,
		     STR_FMT(rule->name));
	rule->off = off;
}

/* Score set 0 is without network tests, 1 with them; 2 and 3 are for a Bayes classifier. */
static void settle_score(const struct ruleset *set, struct rule *rule)
{
	if (rule->has_score) {
		rule->score = rule->scores[set->network_tests ? 1 : 0];
	} else {
		rule->score = str_starts(rule->name, STR("T_")) ? DEFAULT_TEST_SCORE
								: DEFAULT_SCORE;
		if ((rule->flags & RULE_FLAG_NICE) != 0)
			rule->score = -rule->score;
	}
	if (rule->score == 0 && rule->off == NULL)
		rule->off = "its score is 0";
}

static void compile_eval(struct ruleset *set, struct rule *rule, struct problems *problems)
{
	struct error error;

	rule->eval = eval_find(rule->eval_name);
	if (rule->eval == NULL) {
		error_set(&error, "unknown function '%.*s'", STR_FMT(rule->eval_name));
		compile_reject(rule, problems, rule->eval_name.data, error.text,
			       "its function is unknown");
	} else if ((rule->flags & RULE_FLAG_NET) != 0 && !set->network_tests) {
		rule->off = "network tests are off";
	} else if ((rule->flags & RULE_FLAG_LEARN) != 0) {
		rule->off = "there is no Bayes classifier";
	} else if (rule->eval->run == NULL) {
		rule->off = rule->eval->missing;
	}
}

static void compile_pattern(struct ruleset *set, struct rule *rule, struct problems *problems)
{
	struct error error;
	size_t offset;

	rule->pattern = pattern_compile(set->arena, rule->pattern_text, &offset, &error);
	if (rule->pattern == NULL)
		compile_reject(rule, problems, rule->pattern_text.data + offset, error.text,
			       "its pattern is wrong");
}

static void compile_rule(struct ruleset *set, struct rule *rule, struct problems *problems)
{
	settle_score(set, rule);
	if (rule->off != NULL)
		return;
	if (rule->type == RULE_EVAL)
		compile_eval(set, rule, problems);
	else if (rule->pattern_text.data != NULL)
		compile_pattern(set, rule, problems);
}

void compile_rules(struct ruleset *set, struct problems *problems)
{
	set->slots = set->rules.len;
	for (size_t i = 0; i < set->rules.len; i++) {
		struct rule *rule = set->rules.items[i];

		rule->slot = i;
		compile_rule(set, rule, problems);
	}
	compile_metas(set, problems);
	for (size_t i = 0; i < set->rules.len; i++) {
		struct rule *rule = set->rules.items[i];

		if (rule->off == NULL && rule->type != RULE_META)
			vec_push(set->arena, &set->by_type[rule->type], rule);
	}
}
