/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "askdns NAME TEMPLATE [TYPE,… [FILTER]]" */
#include "rules/model/askdns_rule.h"
#include "rules/read/statement.h"

static bool take_types(struct statement *statement, struct askdns_rule *askdns)
{
	struct str types, wrong = STR("");

	if (!str_next_word(&statement->value, &types))
		types = STR("A");
	if (askdns_rule_read_types(types, askdns, &wrong))
		return true;
	statement_warn(statement, wrong.data,
	               "'%.*s' is no type of DNS records that askdns knows; write A, TXT, ANY or "
	               "several with commas",
	               STR_FMT(wrong));
	return false;
}

static bool take_filter(struct statement *statement, struct askdns_rule *askdns)
{
	struct str text = str_trim(statement->value);
	struct error error;
	size_t offset;

	if (text.len == 0 ||
	    askdns_rule_read_filter(statement->set->arena, text, askdns, &offset, &error))
		return true;
	statement_warn(statement, text.data + offset, "%s", error.text);
	return false;
}

static bool never_has_values(struct str tag)
{
	return str_eq(tag, STR("LANGUAGES")) || str_eq(tag, STR("TEXTCATRESULTS")) ||
	       str_starts(tag, STR("EXTRACTTEXT"));
}

/* Unless a rule captures something by that name. */
static void tell_idle_tags(struct statement *statement, const struct askdns_rule *askdns)
{
	for (size_t i = 0; i < askdns->tag_count; i++)
		if (never_has_values(askdns->tags[i].name)) {
			const char *reason =
				arena_printf(statement->set->arena,
			                     "_%.*s_ never has a value, so it isn't asked",
			                     STR_FMT(askdns->tags[i].name))
					.data;

			statement_count_idle(statement, reason);
			return;
		}
}

void statement_askdns(struct statement *statement)
{
	struct rule *rule = statement_named_rule(statement);
	struct ruleset *set = statement->set;
	struct str definition = statement->value, template;
	struct askdns_rule *askdns;

	if (rule == NULL)
		return;
	askdns = arena_new_object(set->arena, struct askdns_rule);
	str_next_word(&statement->value, &template);
	if (!askdns_rule_read_template(template, askdns)) {
		statement_warn(statement, template.data, "more than %d different tags in a name",
		               ASKDNS_TAGS_MAX);
		return;
	}
	if (!take_types(statement, askdns) || !take_filter(statement, askdns))
		return;
	statement->value = definition;
	statement_define(statement, rule, RULE_ASK);
	rule->ask = askdns;
	askdns->rule = rule;
	vec_push(set->arena, &set->askdns_rules, askdns);
	tell_idle_tags(statement, askdns);
}
