/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/model/rule.h"

#include "rules/expr/expr_range.h"

bool rule_name_valid(struct str name)
{
	if (name.len == 0 || name.len > RULE_NAME_MAX || char_is_digit(name.data[0]))
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!char_is_alnum(name.data[i]) && name.data[i] != '_')
			return false;
	return true;
}

double rule_most(const struct rule *rule)
{
	if (rule->type == RULE_EVAL || rule->type == RULE_META)
		return RANGE_MAX;
	if ((rule->flags & RULE_FLAG_MULTIPLE) == 0)
		return 1;
	return rule->max_hits > 0 ? rule->max_hits : RULE_MAX_COUNT;
}

bool rule_asks(const struct rule *rule)
{
	return rule->type == RULE_ASK || rule->ask_function != NULL;
}
