/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/read/compile.h"

#include "rules/eval/eval.h"
#include "rules/match/capture.h"
#include "rules/read/compile_eval.h"
#include "rules/read/compile_meta.h"
#include "rules/read/compile_names.h"
#include "rules/read/compile_reject.h"
#include "rules/regex/pattern_source.h"
#include "rules/regex/replace.h"

/* SpamAssassin's scores, in thousandths, for rules that have none. */
#define DEFAULT_SCORE      1000
#define DEFAULT_TEST_SCORE 10

/* Rules that nobody expected to hit without network tests have a score for them alone. */
static bool needs_network_score(const struct ruleset *set, const struct rule *rule)
{
	return rule->has_score && rule->scores[0] == 0 && !rule->tiny[0] &&
	       compile_eval_is_told(set, rule);
}

/* Score set 0 is without network tests, 1 with them; 2 and 3 are the same where enough was learned.
 */
static void settle_score(const struct ruleset *set, struct rule *rule)
{
	size_t number = set->network_tests || needs_network_score(set, rule) ? 1 : 0;

	if (rule->has_score) {
		rule->score = rule->scores[number];
		rule->learned_score = rule->scores[number + 2];
	} else {
		rule->score =
			str_starts(rule->name, STR("T_")) ? DEFAULT_TEST_SCORE : DEFAULT_SCORE;
		if ((rule->flags & RULE_FLAG_NICE) != 0)
			rule->score = -rule->score;
		rule->learned_score = rule->score;
	}
	if (rule->score == 0 && !rule->tiny[number] && rule->learned_score == 0 &&
	    !rule->tiny[number + 2] && rule->off == NULL)
		rule->off = RULE_OFF_BY_SCORE;
}

/* One pattern of a rule; NULL, and the rule is off, if it is wrong. */
static struct pattern *compile_text(struct ruleset *set, struct rule *rule, struct str text,
                                    struct problems *problems)
{
	struct error error;
	size_t offset;
	struct pattern *pattern = pattern_compile(set->arena, text, &offset, &error);

	if (pattern == NULL)
		compile_reject(rule, problems, text.data + offset, error.text,
		               "its pattern is wrong");
	return pattern;
}

/* Bytes of a pattern with its tags replaced from which on they are called instead. */
#define LONG_PATTERN 20000

/* The text of the pattern with its modifiers in front. */
static struct str with_modifiers(struct arena *arena, const struct pattern_source *split)
{
	if (split->modifiers.len == 0)
		return split->body;
	return arena_printf(arena, "(?%.*s)%.*s", STR_FMT(split->modifiers), STR_FMT(split->body));
}

static struct pattern *compile_replaced(struct ruleset *set, struct str source, bool as_calls,
                                        struct error *err_r)
{
	struct arena *work = arena_new();
	struct str text = replace_expand(work, set->replace_tags, source, as_calls);
	struct pattern *pattern = NULL;
	size_t offset;

	if (!as_calls && text.len > LONG_PATTERN)
		error_set(err_r, "the pattern is too long");
	else
		pattern = pattern_compile_bare(set->arena, text, "", &offset, err_r);
	arena_free(work);
	return pattern;
}

/* The pattern with its tags replaced; where that can't be compiled, the pattern as it was. */
static void replace_tags(struct ruleset *set, struct rule *rule, struct problems *problems)
{
	struct source_position at = source_line_position(rule->line, rule->pattern_text.data);
	struct pattern_source split;
	struct pattern *replaced;
	struct error error;
	struct str source;
	size_t offset;

	if (!pattern_source_split(rule->pattern_text, &split, &offset, &error))
		return;
	source = with_modifiers(set->arena, &split);
	replaced = compile_replaced(set, source, false, &error);
	/* Repeats multiply the size of a compiled pattern, for which PCRE2 has a limit. */
	if (replaced == NULL)
		replaced = compile_replaced(set, source, true, &error);
	if (replaced != NULL)
		rule->pattern = replaced;
	else
		problems_add(problems, PROBLEM_WARNING, &at,
		             "%s once its tags are replaced; rule %.*s is tried without that",
		             error.text, STR_FMT(rule->name));
}

/* Such a rule is a slip of the pen, and would give its score to all mail. Those that capture text
 * for others are not. */
static void refuse_always_matching(struct rule *rule, struct problems *problems)
{
	struct source_position at = source_line_position(rule->line, rule->pattern_text.data);

	if (rule->captures || rule->type == RULE_MIME_HEADER ||
	    !pattern_always_matches(rule->pattern))
		return;
	rule->off = "its pattern matches any text";
	problems_add(
		problems, PROBLEM_ERROR, &at,
		"the pattern matches any text; take out what lets it match nothing, such as an "
		"alternative without text, or remove rule %.*s",
		STR_FMT(rule->name));
}

static void compile_pattern(struct ruleset *set, struct rule *rule, struct problems *problems)
{
	rule->pattern = compile_text(set, rule, rule->pattern_text, problems);
	if (rule->pattern == NULL)
		return;
	if (rule->replace_tags && rule->type != RULE_MIME_HEADER)
		replace_tags(set, rule, problems);
	rule->wants_captures = capture_wanted(rule->pattern_text);
	rule->captures = pattern_has_names(rule->pattern);
	refuse_always_matching(rule, problems);
	/* The links of every newsletter name its reader; see doc/rules.md. */
	if (rule->wants_captures && rule->type == RULE_URI &&
	    set->site.reading.version == READING_4_0_1 && (rule->flags & RULE_FLAG_CAPTURE) == 0)
		rule->off =
			"it looks for captured text in links; `tflags NAME capture` turns it on";
}

static void compile_conditions(struct ruleset *set, struct rule *rule, struct problems *problems)
{
	for (size_t i = 0; i < URI_ASPECT_COUNT && rule->off == NULL; i++)
		if (rule->conditions[i].pattern_text.data != NULL)
			rule->conditions[i].pattern =
				compile_text(set, rule, rule->conditions[i].pattern_text, problems);
}

static void compile_rule(struct ruleset *set, struct rule *rule, struct problems *problems)
{
	settle_score(set, rule);
	if (rule->off != NULL)
		return;
	if (rule->type == RULE_EVAL)
		compile_eval(set, rule, problems);
	else if (rule->type == RULE_ASK)
		rule->off = set->network_tests ? NULL : RULE_OFF_BY_NET;
	else if (rule->type == RULE_URI_DETAIL)
		compile_conditions(set, rule, problems);
	else if (rule->pattern_text.data != NULL)
		compile_pattern(set, rule, problems);
}

static void index_freemail(struct ruleset *set)
{
	const struct str_list *words = ruleset_words(set, "freemail_domains");

	set->freemail_domains = map_new(set->arena, MAP_EXACT);
	for (size_t i = 0; i < words->len; i++) {
		struct str domain = arena_str_lower(set->arena, words->items[i]);

		if (str_find_char(domain, '*') >= 0 || str_find_char(domain, '?') >= 0)
			vec_push(set->arena, &set->freemail_globs, domain);
		else
			map_set(set->freemail_domains, domain, set);
	}
}

static void index_ignored_fields(struct ruleset *set)
{
	const struct str_list *words = ruleset_words(set, "bayes_ignore_header");

	set->ignored_fields = map_new(set->arena, MAP_IGNORE_CASE);
	for (size_t i = 0; i < words->len; i++)
		map_set(set->ignored_fields, words->items[i], set);
}

/* The rules that are tried together with this one. */
static struct rule_list *list_of(struct ruleset *set, const struct rule *rule)
{
	if (rule->captures)
		return &set->capturing;
	if (rule_asks(rule))
		return &set->by_type[RULE_ASK];
	if (rule->type == RULE_EVAL && eval_is_about_learned(rule->eval))
		return &set->after_learned;
	if (rule->type == RULE_EVAL && eval_waits(rule->eval))
		return &set->after_answers;
	return &set->by_type[rule->type];
}

void compile_rules(struct ruleset *set, struct problems *problems)
{
	set->slots = set->rules.len;
	index_freemail(set);
	index_ignored_fields(set);
	for (size_t i = 0; i < set->rules.len; i++) {
		struct rule *rule = set->rules.items[i];

		rule->slot = i;
		compile_rule(set, rule, problems);
	}
	compile_metas(set, problems);
	compile_names(set, problems);
	for (size_t i = 0; i < set->rules.len; i++) {
		struct rule *rule = set->rules.items[i];

		if (rule->off == NULL && rule->type != RULE_META)
			vec_push(set->arena, list_of(set, rule), rule);
	}
}
