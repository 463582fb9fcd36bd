/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements of the plugin Shortcircuit; without it they have no effect. */
#include <string.h>

#include "base/decimal.h"
#include "rules/model/plugin.h"
#include "rules/read/statement.h"

#define INSTANT_PRIORITY (-200)

/* Counts the statement as one without effect where the plugin isn't loaded. */
static bool plugin_loaded(struct statement *statement)
{
	if (plugin_is_loaded(statement->set, STR(PLUGIN_PREFIX "Shortcircuit")))
		return true;
	statement_ignore(statement);
	return false;
}

static void set_instant(struct rule *rule, enum rule_shortcircuit how)
{
	rule->shortcircuit = how;
	if (rule->priority == 0)
		rule->priority = INSTANT_PRIORITY;
	if (how == SHORTCIRCUIT_HAM)
		rule->flags |= RULE_FLAG_NICE;
}

void statement_shortcircuit(struct statement *statement)
{
	struct str name, how;
	struct rule *rule;

	if (!plugin_loaded(statement) || !statement_word(statement, "the rule's name", &name) ||
	    !statement_word(statement, "on, off, spam or ham", &how))
		return;
	if (!rule_name_valid(name)) {
		statement_warn(statement, name.data, "'%.*s' is no name of a rule", STR_FMT(name));
		return;
	}
	rule = ruleset_rule(statement->set, name);
	if (str_eq(how, STR("on")))
		rule->shortcircuit = SHORTCIRCUIT_ON;
	else if (str_eq(how, STR("off")))
		rule->shortcircuit = SHORTCIRCUIT_OFF;
	else if (str_eq(how, STR("spam")))
		set_instant(rule, SHORTCIRCUIT_SPAM);
	else if (str_eq(how, STR("ham")))
		set_instant(rule, SHORTCIRCUIT_HAM);
	else
		statement_warn(statement, how.data, "on, off, spam or ham belongs here, not '%.*s'",
		               STR_FMT(how));
	statement->set->shortcircuit.used = true;
}

/* "shortcircuit_spam_score" and its kin; the kind's name says which. */
void statement_shortcircuit_score(struct statement *statement)
{
	struct ruleset_shortcircuit_settings *settings = &statement->set->shortcircuit;
	const char *name = statement->kind->name;
	int32_t score;

	if (!plugin_loaded(statement))
		return;
	if (!decimal_parse(statement->value, &score)) {
		statement_warn(statement, statement->value.data,
		               "'%.*s' is no score; write one such as 100 or -20",
		               STR_FMT(statement->value));
	} else if (strstr(name, "min_ham") != NULL) {
		settings->min_ham = score;
		settings->has_min_ham = settings->used = true;
	} else if (strstr(name, "max_spam") != NULL) {
		settings->max_spam = score;
		settings->has_max_spam = settings->used = true;
	} else if (strstr(name, "ham") != NULL) {
		settings->ham_score = score;
	} else {
		settings->spam_score = score;
	}
}
