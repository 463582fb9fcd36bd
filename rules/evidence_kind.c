/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/evidence_kind.h"

#include "base/decimal.h"
#include "rules/eval/eval.h"
#include "rules/model/ruleset_data.h"

/* Metas that are looked into, one in another, and rules that are looked at for one. */
#define DEPTH_MAX     6
#define LOOKED_AT_MAX 300

/* Areas of our own set, for its metas: README.md there says what they are about. */
static const struct {
	const char *prefix;
	enum evidence_kind kind;
} areas[] = {
	{ "AUTH_", EVIDENCE_SENDER },     { "BRAND_", EVIDENCE_SENDER },
	{ "CASH_", EVIDENCE_WORDING },    { "CLOAK_", EVIDENCE_WORDING },
	{ "CRED_", EVIDENCE_WORDING },    { "EXCUSE_", EVIDENCE_WORDING },
	{ "FEE_", EVIDENCE_WORDING },     { "FILE_", EVIDENCE_WORDING },
	{ "FORGED_", EVIDENCE_SENDER },   { "HEAD_", EVIDENCE_SENDER },
	{ "IDENT_", EVIDENCE_SENDER },    { "LINK_", EVIDENCE_WORDING },
	{ "LIST_", EVIDENCE_NETWORK },    { "LURE_", EVIDENCE_WORDING },
	{ "MAILER_", EVIDENCE_SENDER },   { "OFFER_", EVIDENCE_WORDING },
	{ "PITCH_", EVIDENCE_WORDING },   { "REPLY_", EVIDENCE_SENDER },
	{ "SCAM_", EVIDENCE_WORDING },    { "SENDER_", EVIDENCE_SENDER },
	{ "SUBJECT_", EVIDENCE_WORDING }, { "TO_", EVIDENCE_SENDER },
	{ "TRACE_", EVIDENCE_SENDER },    { "TRICK_", EVIDENCE_WORDING },
	{ "WHEN_", EVIDENCE_SENDER },     { "WHO_", EVIDENCE_SENDER },
};

struct counting {
	const struct ruleset *set;
	unsigned counts[EVIDENCE_KIND_COUNT];
	unsigned looked_at;
};

static bool find_area(struct str name, enum evidence_kind *kind_r)
{
	for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++)
		if (str_starts(name, str_from(areas[i].prefix))) {
			*kind_r = areas[i].kind;
			return true;
		}
	return false;
}

/* By the statement that names its function. */
static enum evidence_kind kind_of_eval(const struct rule *rule)
{
	if (rule->ask_function != NULL)
		return EVIDENCE_NETWORK;
	if (rule->eval != NULL && eval_waits(rule->eval))
		return EVIDENCE_SENDER;
	if ((rule->flags & RULE_FLAG_NET) != 0)
		return EVIDENCE_NETWORK;
	return rule->line != NULL && str_starts_ci(rule->line->text, STR("header"))
	               ? EVIDENCE_SENDER
	               : EVIDENCE_WORDING;
}

static enum evidence_kind kind_of_plain(const struct rule *rule)
{
	if ((rule->flags & RULE_FLAG_LEARN) != 0)
		return EVIDENCE_LEARNED;
	switch (rule->type) {
	case RULE_ASK:
		return EVIDENCE_NETWORK;
	case RULE_EVAL:
		return kind_of_eval(rule);
	case RULE_HEADER:
		return str_starts_ci(rule->definition, STR("Subject")) ? EVIDENCE_WORDING
		                                                       : EVIDENCE_SENDER;
	default:
		return EVIDENCE_WORDING;
	}
}

static void count_inputs(struct counting *counting, const struct rule *meta, unsigned depth)
{
	size_t count = 0;
	const size_t *slots = meta->expr != NULL ? expr_slots(meta->expr, &count) : NULL;

	for (size_t i = 0; i < count && counting->looked_at++ < LOOKED_AT_MAX; i++) {
		const struct rule *rule = counting->set->rules.items[slots[i]];
		enum evidence_kind kind;

		if (rule->type != RULE_META)
			counting->counts[kind_of_plain(rule)]++;
		else if (find_area(rule->name, &kind))
			counting->counts[kind]++;
		else if (depth < DEPTH_MAX)
			count_inputs(counting, rule, depth + 1);
	}
}

static enum evidence_kind kind_of(const struct ruleset *set, const struct rule *rule)
{
	struct counting counting = { .set = set };
	enum evidence_kind best = EVIDENCE_WORDING;

	if (rule->type != RULE_META || (rule->flags & RULE_FLAG_LEARN) != 0)
		return kind_of_plain(rule);
	if ((rule->flags & RULE_FLAG_NET) != 0)
		return EVIDENCE_NETWORK;
	if (find_area(rule->name, &best))
		return best;
	count_inputs(&counting, rule, 0);
	for (enum evidence_kind kind = 0; kind < EVIDENCE_KIND_COUNT; kind++)
		if (counting.counts[kind] > counting.counts[best])
			best = kind;
	return best;
}

struct evidence_kinds evidence_kinds_of(const struct ruleset *ruleset, struct str rules)
{
	struct evidence_kinds kinds = { { 0 } };
	struct str piece;

	while (rules.len > 0 && str_next_piece(&rules, ',', &piece)) {
		ptrdiff_t sign = str_find_char(piece, '=');
		struct rule *rule;
		int32_t points;

		if (sign < 0 || !decimal_parse(str_from_offset(piece, (size_t)sign + 1), &points) ||
		    points <= 0)
			continue;
		rule = map_get(ruleset->by_name, str_prefix(piece, (size_t)sign));
		if (rule != NULL) {
			int32_t *sum = &kinds.points[kind_of(ruleset, rule)];

			*sum = decimal_add(*sum, points);
		}
	}
	return kinds;
}

unsigned evidence_kind_count(const struct evidence_kinds *kinds)
{
	unsigned count = 0;

	for (enum evidence_kind kind = 0; kind < EVIDENCE_KIND_COUNT; kind++)
		count += kinds->points[kind] >= EVIDENCE_KIND_MIN;
	return count;
}

const char *evidence_kind_name(enum evidence_kind kind)
{
	static const char *const names[] = { "wording", "sender", "network", "learned" };

	return names[kind];
}
