/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each rule gets the range of the values that it can have: one number if it is known. Metas follow
 * from the ranges of their inputs.
 */
#include "rules/doubt.h"

#include "base/decimal.h"
#include "rules/eval/eval.h"
#include "rules/match/lazy_meta.h"
#include "rules/match/matcher.h"
#include "rules/reputation.h"

static bool spf_is_unknown(const struct spf_result *spf)
{
	return spf != NULL && (spf->mail_from.status == SPF_STATUS_TEMPERROR ||
	                       (spf->has_helo && spf->helo_check.status == SPF_STATUS_TEMPERROR));
}

static bool people_are_unknown(const struct match *match)
{
	return match->facts->people != NULL && match->facts->people->unread;
}

static bool uris_are_unknown(const struct match *match)
{
	const struct uri_knowledge *knowledge = match->facts->message->uris.knowledge;

	return knowledge != NULL && knowledge->incomplete;
}

/* The hits of such a rule that were found are certain; others may only be missing. */
static bool only_misses(const struct rule *rule)
{
	return rule_asks(rule) ||
	       (rule->type != RULE_EVAL && rule->type != RULE_URI_DETAIL && !rule->negated);
}

static bool looks_at_targets(const struct match *match, const struct rule *rule)
{
	return rule->type == RULE_URI || rule->type == RULE_URI_DETAIL ||
	       (rule->type == RULE_EVAL && str_starts(rule->eval_name, STR("check_uri_host")) &&
	        map_len(match->set->uri_host_lists) > 0);
}

static struct range open_range(const struct rule *rule, struct range found)
{
	return (struct range){ only_misses(rule) ? found.lower : 0, rule_most(rule) };
}

/* What a function about SPF would have said for each answer that might have come. */
static struct range range_by_spf(struct match *match, const struct rule *rule)
{
	const struct facts *facts = match->facts;
	struct eval_context context = match_eval_context(match, rule);
	struct range range = { RANGE_MAX, 0 };

	for (int status = 0; status < SPF_STATUS_COUNT; status++) {
		struct facts other_facts = *facts;
		struct spf_result other = *facts->spf;
		double value;

		if (other.mail_from.status == SPF_STATUS_TEMPERROR)
			other.mail_from.status = (enum spf_status)status;
		if (other.helo_check.status == SPF_STATUS_TEMPERROR)
			other.helo_check.status = (enum spf_status)status;
		other_facts.spf = &other;
		context.facts = &other_facts;
		value = rule->eval->run(&context) != 0;
		range.lower = value < range.lower ? value : range.lower;
		range.upper = value > range.upper ? value : range.upper;
	}
	return range;
}

/* A key or a record did not come, or the message was cut. */
static bool signatures_are_unknown(const struct facts *facts)
{
	const struct dkim_facts *dkim = facts->dkim;

	if (facts->dmarc != NULL && facts->dmarc->result == DMARC_TEMPERROR)
		return true;
	if (dkim != NULL && dkim->arc.result == ARC_TEMPERROR)
		return true;
	for (size_t i = 0; dkim != NULL && i < dkim->message.count; i++)
		if (dkim->message.checks[i].result == DKIM_TEMPERROR ||
		    dkim->message.checks[i].result == DKIM_NEUTRAL)
			return true;
	return false;
}

/* What could not be found out about the message as a whole. */
struct unknown {
	bool spf, signatures, uris, people;
};

static struct unknown find_unknown(const struct match *match)
{
	return (struct unknown){ .spf = spf_is_unknown(match->facts->spf),
		                 .signatures = signatures_are_unknown(match->facts),
		                 .uris = uris_are_unknown(match),
		                 .people = people_are_unknown(match) };
}

static struct range range_of_rule(struct match *match, const struct rule *rule,
                                  const struct unknown *unknown)
{
	struct range found = match->scanner->ranges[rule->slot];

	if ((match->finished & 1u << rule->type) == 0 ||
	    (unknown->uris && looks_at_targets(match, rule)))
		return open_range(rule, found);
	if (unknown->spf && rule->type == RULE_EVAL && eval_is_about_spf(rule->eval))
		return range_by_spf(match, rule);
	if (unknown->signatures && rule->type == RULE_EVAL && eval_is_about_signatures(rule->eval))
		return open_range(rule, found);
	if (unknown->people && rule->eval != NULL && rule->eval->of_people)
		return open_range(rule, found);
	return found;
}

/* A pattern with what others captured: not known where those were abandoned. */
static bool captures_are_unknown(const struct match *match)
{
	for (size_t i = 0; i < match->undecided.len; i++)
		if (match->undecided.items[i]->captures)
			return true;
	return false;
}

static void find_ranges(struct match *match, struct range *ranges)
{
	const struct rule_list *rules = &match->set->rules,
			       *metas = &match->set->by_type[RULE_META];
	const struct unknown unknown = find_unknown(match);
	bool captures = captures_are_unknown(match);
	struct scanner *scanner = match->scanner;
	const struct expr_inputs inputs = { .ranges = ranges,
		                            .step_ranges = scanner->step_ranges,
		                            .step_tristates = scanner->step_tristates };

	for (size_t i = 0; i < rules->len; i++) {
		const struct rule *rule = rules->items[i];

		if (rule->off != NULL || rule->type == RULE_META)
			continue;
		ranges[rule->slot] = range_of_rule(match, rule, &unknown);
		if (captures && rule->wants_captures)
			ranges[rule->slot] = open_range(rule, ranges[rule->slot]);
	}
	for (size_t i = 0; i < match->undecided.len; i++) {
		const struct rule *rule = match->undecided.items[i];

		ranges[rule->slot] = open_range(rule, ranges[rule->slot]);
	}
	for (size_t i = 0; i < metas->len; i++)
		ranges[metas->items[i]->slot] =
			range_of_hits(expr_range(metas->items[i]->expr, &inputs));
}

/* By how much the rule may lower the sum below what it does in the hits; `hit` NULL: not in them.
 */
static int32_t doubt_of(const struct match *match, const struct rule *rule,
                        const struct rule_hit *hit, struct range range)
{
	int32_t least;

	if (matcher_score(match, rule, 1) < 0)
		least = range.upper > 0 ? matcher_score(match, rule, range.upper) : 0;
	else
		least = range.lower > 0 ? matcher_score(match, rule, range.lower) : 0;
	return hit != NULL ? decimal_add(hit->score, -least) : -least;
}

/* What a rule that ends the scan would have left out can't be told. */
static bool stop_is_unknown(const struct match *match, const struct range *ranges)
{
	const struct ruleset_shortcircuit_settings *settings = &match->set->shortcircuit;
	const struct rule_list *rules = &match->set->rules;

	if (!settings->used)
		return false;
	if (settings->has_max_spam || settings->has_min_ham)
		return true;
	for (size_t i = 0; i < rules->len; i++) {
		const struct rule *rule = rules->items[i];

		if (rule->off == NULL && rule->shortcircuit != SHORTCIRCUIT_OFF &&
		    ranges[rule->slot].lower <= 0 && ranges[rule->slot].upper > 0)
			return true;
	}
	return false;
}

static void add_doubt(struct match *match, const struct rule *rule, int32_t doubt)
{
	if (doubt <= 0)
		return;
	match->hits->doubt = decimal_add(match->hits->doubt, doubt);
	vec_push(match->arena, &match->hits->doubtful_rules, rule->name);
}

static void add_doubts(struct match *match, const struct range *ranges)
{
	const struct hits *hits = match->hits;
	const struct rule_list *rules = &match->set->rules;
	const struct rule_hit **by_slot =
		arena_calloc(match->arena, match->set->slots, sizeof(struct rule_hit *));

	for (size_t i = 0; i < hits->len; i++) {
		const struct rule *rule = map_get(match->set->by_name, hits->items[i].name);

		if (rule != NULL && rule->line != NULL)
			by_slot[rule->slot] = &hits->items[i];
	}
	for (size_t i = 0; i < rules->len; i++) {
		const struct rule *rule = rules->items[i];
		const struct rule_hit *hit = by_slot[rule->slot];

		/* A rule with a positive score that is not in the hits adds nothing. */
		if (rule->off == NULL && !rule_is_sub(rule) &&
		    (hit != NULL || matcher_score(match, rule, 1) < 0))
			add_doubt(match, rule, doubt_of(match, rule, hit, ranges[rule->slot]));
	}
}

/* What the sender's history might have taken off. */
static void add_pull(struct match *match)
{
	int32_t doubt = reputation_doubt(match);

	if (doubt <= 0)
		return;
	match->hits->doubt = decimal_add(match->hits->doubt, doubt);
	vec_push(match->arena, &match->hits->doubtful_rules, STR("TXREP"));
}

static void add_causes(struct match *match)
{
	struct str_list *causes = &match->hits->doubt_causes;
	bool patterns = (match->hits->limits & HITS_LIMIT_BACKTRACKING) != 0;

	if (match->hits->doubt == 0)
		return;
	for (unsigned i = 0; i < HITS_LIMIT_COUNT; i++)
		if ((match->hits->limits & 1u << i) != 0)
			vec_push(match->arena, causes, str_from(hits_limit_name(1u << i)));
	if (uris_are_unknown(match) && !patterns)
		vec_push(match->arena, causes, str_from(hits_limit_name(HITS_LIMIT_BACKTRACKING)));
	if (spf_is_unknown(match->facts->spf))
		vec_push(match->arena, causes, STR("spf"));
	if (signatures_are_unknown(match->facts))
		vec_push(match->arena, causes, STR("dkim"));
	if (match->answers_missing)
		vec_push(match->arena, causes, STR("dns"));
	if (people_are_unknown(match))
		vec_push(match->arena, causes, STR("store"));
}

void doubt_measure(struct match *match)
{
	struct range *ranges;

	if (match->scanner == NULL) {
		match->hits->doubt = DECIMAL_MAX;
	} else if (match->hits->limits != 0 || uris_are_unknown(match) ||
	           spf_is_unknown(match->facts->spf) || signatures_are_unknown(match->facts) ||
	           match->undecided.len > 0 || people_are_unknown(match)) {
		ranges = arena_calloc(match->arena, match->set->slots + 1, sizeof(*ranges));
		find_ranges(match, ranges);
		add_doubts(match, ranges);
		add_pull(match);
		if (match->hits->doubt > 0 && stop_is_unknown(match, ranges))
			match->hits->doubt = DECIMAL_MAX;
	}
	add_causes(match);
}
