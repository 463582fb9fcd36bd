/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rules cost and how they are tried, for those who write or choose them. */
#include <stdlib.h>

#include "base/strbuf.h"
#include "rules/match/candidates.h"
#include "rules/match/scanner.h"
#include "rules/model/ruleset_data.h"
#include "rules/ruleset.h"

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
			.filtered = rule->filtered,
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

/* Literals that are written out. */
#define LITERALS_SHOWN 6

static struct str needs_text(struct arena *arena, enum candidates_method method,
                             const struct pattern_needs *needs)
{
	struct strbuf out;

	strbuf_init(&out, arena);
	if (method == CANDIDATES_FACTORS)
		strbuf_printf(&out, "%zu", needs->factors.len);
	for (size_t i = 0; method == CANDIDATES_LITERALS && i < needs->literals.len; i++) {
		if (i == LITERALS_SHOWN) {
			strbuf_printf(&out, " … %zu in all", needs->literals.len);
			break;
		}
		strbuf_printf(&out, "%s\"%.*s\"", i > 0 ? " " : "",
		              STR_FMT(needs->literals.items[i]));
	}
	return strbuf_str(&out);
}

void ruleset_list_methods(const struct ruleset *ruleset, struct arena *arena,
                          struct ruleset_method_list *methods_r)
{
	static const char *const names[] = { [CANDIDATES_ALL] = "always",
		                             [CANDIDATES_LITERALS] = "literals",
		                             [CANDIDATES_FACTORS] = "factors" };

	*methods_r = (struct ruleset_method_list){ 0 };
	for (size_t i = 0; i < ruleset->rules.len; i++) {
		const struct rule *rule = ruleset->rules.items[i];
		struct pattern_needs needs;
		struct ruleset_method *row;
		enum candidates_method method;

		if (rule->off != NULL || rule->pattern == NULL || rule->captures ||
		    !candidates_has_filter(rule->type))
			continue;
		method = candidates_choose(ruleset, arena, rule, &needs);
		row = vec_add(arena, methods_r);
		row->name = rule->name;
		row->type = type_name(rule->type);
		row->method = names[method];
		row->needs = needs_text(arena, method, &needs);
		row->lazy = rule->deferred;
	}
}
