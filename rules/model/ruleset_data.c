/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/model/ruleset_data.h"

struct rule *ruleset_rule(struct ruleset *set, struct str name)
{
	struct rule *rule = map_get(set->by_name, name);

	if (rule == NULL) {
		rule = arena_new_object(set->arena, struct rule);
		rule->name = name;
		map_set(set->by_name, name, rule);
	}
	return rule;
}

const struct str_list *ruleset_words(const struct ruleset *set, const char *statement)
{
	static const struct str_list none;
	const struct str_list *words = map_get(set->words, str_from(statement));

	return words != NULL ? words : &none;
}
