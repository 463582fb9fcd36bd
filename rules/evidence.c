/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/evidence.h"

#include "base/decimal.h"
#include "rules/model/ruleset_data.h"

/* What a rule looks at. */
enum side {
	SIDE_NEITHER,
	SIDE_HEADER,
	SIDE_BODY,
};

/* By the statement that names the function. */
static enum side side_of_eval(const struct rule *rule)
{
	static const struct str bodies[] = { STR_INIT("body"), STR_INIT("rawbody"),
		                             STR_INIT("uri") };

	if (rule->line == NULL)
		return SIDE_NEITHER;
	if (str_starts_ci(rule->line->text, STR("header")))
		return SIDE_HEADER;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		if (str_starts_ci(rule->line->text, bodies[i]))
			return SIDE_BODY;
	return SIDE_NEITHER;
}

static enum side side_of(const struct rule *rule)
{
	switch (rule->type) {
	case RULE_HEADER:
		return SIDE_HEADER;
	case RULE_BODY:
	case RULE_RAWBODY:
	case RULE_URI:
	case RULE_URI_DETAIL:
	case RULE_MIME_HEADER:
		return SIDE_BODY;
	case RULE_EVAL:
		return side_of_eval(rule);
	default:
		return SIDE_NEITHER;
	}
}

/* Score set 0 or 1: with and without network tests, never with a classifier. */
static int32_t plain_score(const struct ruleset *set, const struct rule *rule)
{
	return rule->has_score ? rule->scores[set->network_tests ? 1 : 0] : rule->score;
}

/* In the proportion of the header and body rules that it names, each counted once a mention. */
static void add_meta(const struct ruleset *set, const struct rule *rule, int32_t score,
                     struct evidence *evidence)
{
	int64_t header = 0, body = 0;
	size_t count;
	const size_t *slots;

	if (rule->expr == NULL)
		return;
	slots = expr_slots(rule->expr, &count);
	for (size_t i = 0; i < count; i++) {
		enum side side = side_of(set->rules.items[slots[i]]);

		header += side == SIDE_HEADER;
		body += side == SIDE_BODY;
	}
	if (header + body == 0)
		return;
	evidence->header =
		decimal_add(evidence->header, (int32_t)(score * header / (header + body)));
	evidence->body = decimal_add(evidence->body, (int32_t)(score * body / (header + body)));
}

static void add_rule(const struct ruleset *set, const struct rule *rule, struct evidence *evidence)
{
	int32_t score = plain_score(set, rule);
	enum side side = side_of(rule);

	evidence->forced = evidence->forced || (rule->flags & RULE_FLAG_AUTOLEARN_FORCE) != 0;
	evidence->score = decimal_add(evidence->score, score);
	if ((rule->flags & RULE_FLAG_AUTOLEARN_HEADER) != 0)
		side = SIDE_HEADER;
	else if ((rule->flags & RULE_FLAG_AUTOLEARN_BODY) != 0)
		side = SIDE_BODY;
	else if (rule->type == RULE_META)
		add_meta(set, rule, score, evidence);
	if (side == SIDE_HEADER)
		evidence->header = decimal_add(evidence->header, score);
	else if (side == SIDE_BODY)
		evidence->body = decimal_add(evidence->body, score);
}

struct evidence evidence_of_hits(const struct ruleset *ruleset, const struct hits *hits)
{
	struct evidence evidence = { 0 };

	for (size_t i = 0; i < hits->len; i++) {
		const struct rule *rule = map_get(ruleset->by_name, hits->items[i].name);

		if (rule == NULL ||
		    (rule->flags & (RULE_FLAG_NOAUTOLEARN | RULE_FLAG_USERCONF)) != 0)
			continue;
		if ((rule->flags & RULE_FLAG_LEARN) != 0)
			evidence.learned = decimal_add(evidence.learned, hits->items[i].score);
		else
			add_rule(ruleset, rule, &evidence);
	}
	return evidence;
}
