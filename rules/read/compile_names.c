/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/read/compile_names.h"

#include "base/suggest.h"

/* Every short name is near to some other. */
#define MISTYPED_MIN 5
/* So many are named. */
#define NAMED_MAX 50

static const struct rule *find_rule(const struct ruleset *set, struct str name)
{
	const struct rule *rule = map_get(set->by_name, name);

	return rule != NULL && rule->type != RULE_UNDEFINED ? rule : NULL;
}

static const char *nearest(const struct ruleset *set, struct str name)
{
	struct suggestion near = { 0 };

	for (size_t i = 0; i < set->rules.len; i++) {
		struct str known = set->rules.items[i]->name;

		/* Lengths that differ so much are never near. */
		if (known.len + 3 >= name.len && known.len <= name.len + 3)
			suggest_consider(&near, name, arena_cstr(set->arena, known));
	}
	return near.word;
}

/* A meta may well name a rule that another installation has; there, only what looks mistyped is
 * said. */
static bool warn(struct ruleset *set, struct problems *problems,
                 const struct ruleset_mention *mention)
{
	struct source_position at = source_line_position(mention->line, mention->name.data);
	const char *near = nearest(set, mention->name);

	if (mention->in_meta && (near == NULL || mention->name.len < MISTYPED_MIN))
		return false;
	problems_add(problems, PROBLEM_WARNING, &at, "there is no rule %.*s%s%s%s",
	             STR_FMT(mention->name), near != NULL ? "; did you mean " : "",
	             near != NULL ? near : "",
	             near != NULL       ? "?"
	             : mention->in_meta ? ""
	                                : ", so this has no effect");
	return true;
}

void compile_names(struct ruleset *set, struct problems *problems)
{
	struct map *told = map_new(set->arena, MAP_EXACT);
	size_t named = 0, more = 0;

	for (size_t i = 0; i < set->mentions.len; i++) {
		const struct ruleset_mention *mention = &set->mentions.items[i];

		if (find_rule(set, mention->name) != NULL || map_get(told, mention->name) != NULL)
			continue;
		if (named == NAMED_MAX) {
			more++;
			map_set(told, mention->name, set);
		} else if (warn(set, problems, mention)) {
			named++;
			map_set(told, mention->name, set);
		}
	}
	if (more > 0)
		problems_add(problems, PROBLEM_WARNING, NULL,
		             "there are %zu further names of rules that are not there", more);
}
