/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules that give points, for whoever wants to set them anew. */
#include "rules/model/ruleset_data.h"
#include "rules/ruleset.h"

void ruleset_list_scores(const struct ruleset *ruleset, struct arena *arena,
                         struct ruleset_score_list *scores_r)
{
	static const unsigned fixed = RULE_FLAG_USERCONF | RULE_FLAG_LEARN | RULE_FLAG_NOAUTOLEARN;

	*scores_r = (struct ruleset_score_list){ 0 };
	for (size_t i = 0; i < ruleset->rules.len; i++) {
		const struct rule *rule = ruleset->rules.items[i];
		struct ruleset_score *row;

		if (rule->off != NULL || rule_is_sub(rule) || rule->type == RULE_UNDEFINED)
			continue;
		row = vec_add(arena, scores_r);
		row->name = rule->name;
		row->score = rule->score;
		row->good = rule->score < 0 || (rule->flags & RULE_FLAG_NICE) != 0;
		row->fixed = (rule->flags & fixed) != 0;
	}
}
