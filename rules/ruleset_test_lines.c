/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `test NAME ok|fail TEXT`: the text is what the rule's pattern is tried on, and "ok" says that the
 * rule hits.
 */
#include "rules/model/ruleset_data.h"
#include "rules/ruleset.h"

static bool rule_hits(const struct rule *rule, struct pattern_matcher *matcher, struct str text)
{
	struct pattern_span span;
	enum pattern_result result = pattern_match(rule->pattern, matcher, text, 0, &span);

	return rule->negated ? result == PATTERN_NO_MATCH : result == PATTERN_MATCH;
}

static void run_test(const struct ruleset_test_line *test, struct pattern_matcher *matcher,
                     struct problems *problems)
{
	struct source_position at = source_line_position(test->line, test->text.data);
	const struct rule *rule = test->rule;

	/* What is off was not compiled, and a function takes no text: nobody's mistake. */
	if (rule->pattern == NULL && (rule->off != NULL || rule->type == RULE_EVAL))
		return;
	if (rule->pattern == NULL)
		problems_add(problems, PROBLEM_WARNING, &at,
		             rule->type == RULE_UNDEFINED
		                     ? "there is no rule %.*s that could be tested"
		                     : "rule %.*s has no pattern that could be tested",
		             STR_FMT(rule->name));
	else if (rule_hits(rule, matcher, test->text) != test->must_hit)
		problems_add(problems, PROBLEM_ERROR, &at, "rule %.*s %s this text",
		             STR_FMT(rule->name),
		             test->must_hit ? "should hit, and does not hit,"
		                            : "should not hit, and hits,");
}

size_t ruleset_run_tests(const struct ruleset *ruleset, struct problems *problems)
{
	struct pattern_matcher *matcher = pattern_matcher_new(ruleset->match_limit);

	for (size_t i = 0; i < ruleset->tests.len; i++)
		run_test(&ruleset->tests.items[i], matcher, problems);
	pattern_matcher_free(matcher);
	return ruleset->tests.len;
}
