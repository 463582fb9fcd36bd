/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/match/opinion.h"

#include "learn/features_message.h"
#include "learn/learned.h"

static bool is_evidence(const struct match *match, const struct rule *rule)
{
	return match->scanner->tristates[rule->slot] == TRISTATE_YES && !rule_is_sub(rule) &&
	       !rule->learned;
}

/* With the scores that hold where nothing was learned, so that they stay what they are. */
static size_t gather(struct match *match, struct feature_hit *hits)
{
	const struct scanner *scanner = match->scanner;
	size_t count = 0;

	for (size_t i = 0; i < scanner->touched_count; i++) {
		const struct rule *rule = match->set->rules.items[scanner->touched[i]];

		if (is_evidence(match, rule))
			hits[count++] = (struct feature_hit){ rule->name, rule->score };
	}
	return count;
}

static bool is_enough(const struct site_learned *site, const struct learned *learned)
{
	return !site->off && !site->rules_off && learned->ham > 0 && learned->spam > 0 &&
	       learned->ham >= site->min_ham && learned->spam >= site->min_spam;
}

static bool is_explained(const struct learned_models *models, const struct learned *learned)
{
	return models->explained || (models->explained_if_spam && learned->probability > 0.5);
}

/* In a second round, since names of all features cost more than to make the few that weigh most
 * again. */
static void explain(const struct match *match, const struct features_input *input,
                    struct learned *learned)
{
	struct feature_choice choice = learned_choose(match->models, learned->features);
	struct feature_names names = { 0 };

	features_name(match->arena, input, &choice, &names);
	learned_explain(match->arena, match->models, &names, learned);
}

void opinion_ask(struct match *match)
{
	const struct ruleset *set = match->set;
	struct learned *learned = arena_new_object(match->arena, struct learned);
	struct feature_hit *hits =
		arena_alloc(match->arena, match->scanner->touched_count * sizeof(*hits));
	struct features_input input = {
		.facts = match->facts,
		.hits = hits,
		.hit_count = gather(match, hits),
		.key = match->models->key,
		.ignored_fields = set->ignored_fields,
	};

	*learned = learned_judge(match->models, features_of_message(match->arena, &input));
	if (is_explained(match->models, learned))
		explain(match, &input, learned);
	match->hits->learned = learned;
	match->learned = is_enough(&set->site.learned, learned);
}
