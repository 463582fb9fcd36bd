/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <limits.h>

#include "base/decimal.h"
#include "rules/read/statement.h"
#include "rules/regex/replace.h"

/* The rule to which an attribute belongs; NULL with a warning if the name isn't valid. */
static struct rule *attributed_rule(struct statement *statement)
{
	struct str name;

	if (!statement_word(statement, "the rule's name", &name))
		return NULL;
	if (!rule_name_valid(name)) {
		statement_warn(statement, name.data, "'%.*s' is no name of a rule", STR_FMT(name));
		return NULL;
	}
	statement->value = str_trim_left(statement->value);
	vec_push(statement->set->arena, &statement->set->mentions,
	         ((struct ruleset_mention){ name, statement->line, false }));
	return ruleset_rule(statement->set, name);
}

void statement_describe(struct statement *statement)
{
	struct rule *rule = attributed_rule(statement);

	if (rule != NULL && statement->value.len == 0)
		statement_warn(statement, statement->value.data, "the description is missing");
	else if (rule != NULL)
		rule->description = statement->value;
}

void statement_subject_prefix(struct statement *statement)
{
	struct rule *rule = attributed_rule(statement);

	if (rule == NULL)
		return;
	rule->subject_prefix = statement->value;
	statement->set->site.has_subject_prefixes = true;
}

/* "1.5", or "(0.5)" to be added to what the score was. */
static bool parse_score(struct statement *statement, struct str word, int32_t *score_r,
                        bool *relative)
{
	struct str number = word;

	if (word.len > 2 && word.data[0] == '(' && word.data[word.len - 1] == ')') {
		number = (struct str){ word.data + 1, word.len - 2 };
		*relative = true;
	}
	if (decimal_parse(number, score_r))
		return true;
	statement_warn(statement, word.data, "'%.*s' is no score; write one such as 1.5 or (-0.5)",
	               STR_FMT(word));
	return false;
}

/* Less than a thousandth, but not 0: the rule is on. */
static bool is_tiny(struct str word, int32_t score)
{
	for (size_t i = 0; score == 0 && i < word.len; i++)
		if (word.data[i] >= '1' && word.data[i] <= '9')
			return true;
	return false;
}

void statement_score(struct statement *statement)
{
	struct rule *rule = attributed_rule(statement);
	struct str rest = statement->value, word;
	int32_t scores[RULE_SCORE_SETS];
	bool tiny[RULE_SCORE_SETS];
	bool relative = false;
	size_t n = 0;

	if (rule == NULL)
		return;
	for (; n < RULE_SCORE_SETS && str_next_word(&rest, &word); n++) {
		if (!parse_score(statement, word, &scores[n], &relative))
			return;
		tiny[n] = is_tiny(word, scores[n]);
	}
	if ((n != 1 && n != RULE_SCORE_SETS) || str_next_word(&rest, &word)) {
		statement_warn(statement, statement->value.data,
		               "write one score, or four for the score sets");
		return;
	}
	if (relative && !rule->has_score) {
		statement_warn(statement, statement->value.data,
		               "a relative score needs an earlier one for %.*s",
		               STR_FMT(rule->name));
		return;
	}
	for (size_t i = 0; i < RULE_SCORE_SETS; i++) {
		int32_t score = scores[n == 1 ? 0 : i];

		rule->tiny[i] = tiny[n == 1 ? 0 : i];
		rule->scores[i] = relative ? decimal_add(rule->scores[i], score) : score;
	}
	rule->has_score = true;
}

void statement_tflags(struct statement *statement)
{
	static const struct {
		const char *name;
		unsigned flag;
	} flags[] = {
		{ "nice", RULE_FLAG_NICE },
		{ "net", RULE_FLAG_NET },
		{ "learn", RULE_FLAG_LEARN },
		{ "multiple", RULE_FLAG_MULTIPLE },
		{ "nosubject", RULE_FLAG_NOSUBJECT },
		{ "userconf", RULE_FLAG_USERCONF },
		{ "noautolearn", RULE_FLAG_NOAUTOLEARN },
		{ "autolearn_force", RULE_FLAG_AUTOLEARN_FORCE },
		{ "autolearn_header", RULE_FLAG_AUTOLEARN_HEADER },
		{ "autolearn_body", RULE_FLAG_AUTOLEARN_BODY },
		{ "capture", RULE_FLAG_CAPTURE },
		{ "a", RULE_FLAG_ADDRESS },
		{ "ns", RULE_FLAG_NAME_SERVER },
		{ "ips_only", RULE_FLAG_IPS_ONLY },
		{ "domains_only", RULE_FLAG_DOMAINS_ONLY },
		{ "notrim", RULE_FLAG_NOTRIM },
	};
	struct rule *rule = attributed_rule(statement);
	struct str rest, word;
	uint64_t max_hits;

	if (rule == NULL)
		return;
	rule->flags = 0;
	rule->max_hits = 0;
	rest = statement->value;
	while (str_next_word(&rest, &word)) {
		/* Those of plugins that are not here change nothing. */
		for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
			if (str_eq(word, str_from(flags[i].name)))
				rule->flags |= flags[i].flag;
		if (str_starts(word, STR("maxhits=")) &&
		    str_to_uint(str_from_offset(word, 8), UINT_MAX, &max_hits))
			rule->max_hits = (unsigned)max_hits;
	}
}

void statement_priority(struct statement *statement)
{
	struct rule *rule = attributed_rule(statement);
	struct str digits;
	bool negative;
	uint64_t value;

	if (rule == NULL)
		return;
	negative = str_starts(statement->value, STR("-"));
	digits = str_from_offset(statement->value, negative ? 1 : 0);
	if (!str_to_uint(digits, INT_MAX, &value))
		statement_warn(statement, statement->value.data, "the priority is a whole number");
	else
		rule->priority = negative ? -(int)value : (int)value;
}

void statement_test(struct statement *statement)
{
	struct rule *rule = attributed_rule(statement);
	struct ruleset_test_line test = { .rule = rule, .line = statement->line };
	struct str word;

	if (rule == NULL || !statement_word(statement, "ok or fail", &word))
		return;
	test.must_hit = str_eq(word, STR("ok"));
	if (!test.must_hit && !str_eq(word, STR("fail"))) {
		statement_warn(statement, word.data, "ok or fail belongs here, not '%.*s'",
		               STR_FMT(word));
		return;
	}
	test.text = str_trim_left(statement->value);
	vec_push(statement->set->arena, &statement->set->tests, test);
}

/* "replace_tag NAME TEXT", and pre, inter and post. */
void statement_replace(struct statement *statement)
{
	struct ruleset *set = statement->set;
	struct str *text;
	struct str name;

	if (!statement_word(statement, "the tag's name", &name))
		return;
	text = arena_new_object(set->arena, struct str);
	*text = str_trim_left(statement->value);
	if (text->len == 0)
		statement_warn(statement, name.data + name.len, "what to put there is missing");
	else
		map_set(set->replace_tags, replace_key(set->arena, statement->keyword, name), text);
}

void statement_replace_rules(struct statement *statement)
{
	struct str name;

	while (str_next_word(&statement->value, &name)) {
		if (rule_name_valid(name))
			ruleset_rule(statement->set, name)->replace_tags = true;
		else
			statement_warn(statement, name.data, "'%.*s' is no name of a rule",
			               STR_FMT(name));
	}
}
