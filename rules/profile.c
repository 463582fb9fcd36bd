/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rules cost, for those who write or choose them. */
#include <stdlib.h>

#include "rules/candidates.h"
#include "rules/ruleset.h"
#include "rules/ruleset_data.h"
#include "rules/scanner.h"

static const char *type_name(enum rule_type type)
{
	static const char *const names[RULE_TYPE_COUNT] = {
		[RULE_HEADER] = "header",
		[RULE_BODY] = "body",
		[RULE_RAWBODY] = "rawbody",
		[RULE_FULL] = "full",
		[RULE_URI] = "uri",
		[RULE_URI_DETAIL] = "uri_detail",
		[RULE_MIME_HEADER] = "mimeheader",
		[RULE_EVAL] = "eval",
		[RULE_META] = "meta",
	};

	return names[type] != NULL ? names[type] : "none";
}

static int dearest_first(const void *a, const void *b)
{
	uint64_t x = ((const struct ruleset_cost *)a)->ns;
	uint64_t y = ((const struct ruleset_cost *)b)->ns;

	return (x < y) - (x > y);
}

void ruleset_list_costs(const struct ruleset *ruleset, struct arena *arena,
                        struct ruleset_cost_list *costs_r)
{
	struct rule_cost *costs = arena_calloc(arena, ruleset->slots, sizeof(*costs));

	*costs_r = (struct ruleset_cost_list){ 0 };
	scanner_pool_add_costs(ruleset->pool, costs);
	for (size_t i = 0; i < ruleset->rules.len; i++) {
		const struct rule *rule = ruleset->rules.items[i];
		struct ruleset_cost cost = {
			.name = rule->name,
			.type = type_name(rule->type),
			.filtered = candidates_filter(ruleset, rule),
			.tries = costs[i].tries,
			.hits = costs[i].hits,
			.ns = costs[i].ns,
		};

		if (cost.tries > 0)
			vec_push(arena, costs_r, cost);
	}
	if (costs_r->len > 0)
		qsort(costs_r->items, costs_r->len, sizeof(*costs_r->items), dearest_first);
}
