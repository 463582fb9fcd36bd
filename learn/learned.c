/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/learned.h"

#include <math.h>

#include "learn/logistic.h"

/* With so many of the smaller class, the log odds count half. */
#define HALF_KNOWN 100
/* What log odds are multiplied with to give SpamAssassin's names the meaning that they have there.
 */
#define STEEPNESS 2

static bool has_enough(const struct model *model)
{
	return model != NULL && model_count(model, LEARN_HAM) >= LEARNED_NARROWER_MIN &&
	       model_count(model, LEARN_SPAM) >= LEARNED_NARROWER_MIN;
}

double learned_probability(double log_odds, double doubt, uint64_t ham, uint64_t spam)
{
	double fewer = (double)(ham < spam ? ham : spam);

	return logistic(STEEPNESS * (log_odds - doubt) * fewer / (fewer + HALF_KNOWN));
}

struct learned learned_judge(const struct learned_models *models, const struct features *features)
{
	struct learned learned = { .features = features };
	double doubt = 0;

	if (models->site != NULL) {
		learned.log_odds = model_log_odds(models->site, features);
		doubt = model_doubt(models->site);
		learned.ham = model_count(models->site, LEARN_HAM);
		learned.spam = model_count(models->site, LEARN_SPAM);
	}
	if (has_enough(models->narrower)) {
		learned.log_odds +=
			model_log_odds(models->narrower, features) - model_prior(features);
		/* What the domain corrected is beyond its own. */
		doubt = fmin(doubt, model_doubt(models->narrower));
	}
	learned.probability =
		learned_probability(learned.log_odds, doubt, learned.ham, learned.spam);
	return learned;
}

static double share_of(const struct learned_models *models, const struct features *features,
                       const struct feature_name *name)
{
	double share = model_share(models->site, features, name->group, name->feature);

	if (has_enough(models->narrower))
		share += model_share(models->narrower, features, name->group, name->feature);
	return share;
}

/* So many of each side are named, more than are shown, since some say the same. */
#define CANDIDATES 32

struct candidate {
	uint32_t feature;
	double share;
};

static void add_candidate(struct candidate candidates[CANDIDATES], struct candidate candidate)
{
	size_t at = CANDIDATES;

	while (at > 0 && fabs(candidates[at - 1].share) < fabs(candidate.share)) {
		if (at < CANDIDATES)
			candidates[at] = candidates[at - 1];
		at--;
	}
	if (at < CANDIDATES)
		candidates[at] = candidate;
}

static bool is_readable_group(enum feature_group group)
{
	return group != FEATURES_GRAMS && group != FEATURES_STYLE;
}

struct feature_choice learned_choose(const struct learned_models *models,
                                     const struct features *features)
{
	struct candidate sides[2][CANDIDATES] = { 0 };
	struct feature_choice choice = { 0 };

	for (size_t i = 0; models->site != NULL && i < FEATURE_GROUPS; i++) {
		const struct feature_set *set = &features->groups[i];

		for (size_t j = 0; is_readable_group(i) && j < set->len; j++) {
			const struct feature_name name = { .group = i, .feature = set->items[j] };
			double share = share_of(models, features, &name);

			/* The steps of the score are summed up. */
			if (i == FEATURES_RULES)
				feature_choice_add(&choice, set->items[j]);
			else
				add_candidate(sides[share > 0],
				              (struct candidate){ set->items[j], share });
		}
	}
	for (size_t side = 0; side < 2; side++)
		for (size_t i = 0; i < CANDIDATES && sides[side][i].share != 0; i++)
			feature_choice_add(&choice, sides[side][i].feature);
	return choice;
}

/* A reason before it is put into words. */
struct weighed {
	const struct feature_name *name;
	double share;
};

static bool is_same(const struct feature_name *a, const struct feature_name *b)
{
	return a->group == b->group && str_eq_ci(a->text, b->text) && strcmp(a->what, b->what) == 0;
}

/* Into a list by falling weight, which keeps the first few. */
static void insert(struct weighed *reasons, size_t *count, struct weighed reason)
{
	size_t at = *count;

	if (at == LEARNED_REASONS && fabs(reasons[at - 1].share) >= fabs(reason.share))
		return;
	for (size_t i = 0; i < *count; i++)
		if (is_same(reasons[i].name, reason.name))
			return;
	while (at > 0 && fabs(reasons[at - 1].share) < fabs(reason.share))
		at--;
	if (at == LEARNED_REASONS)
		return;
	if (*count < LEARNED_REASONS)
		++*count;
	memmove(&reasons[at + 1], &reasons[at], (*count - at - 1) * sizeof(*reasons));
	reasons[at] = reason;
}

/* Letters alone tell a reader nothing. */
static bool is_readable(const struct feature_name *name)
{
	return is_readable_group(name->group) && (name->text.len > 0 || name->what[0] != '\0');
}

/* A step of the rules' score. The steps say the same together: the last, how far it goes. */
static bool is_step(const struct feature_name *name)
{
	return name->group == FEATURES_RULES &&
	       strncmp(name->what, FEATURES_STEP, strlen(FEATURES_STEP)) == 0;
}

static void sort_in(struct weighed sides[2][LEARNED_REASONS], size_t counts[2],
                    struct weighed reason)
{
	size_t side = reason.share > 0;

	if (reason.share != 0)
		insert(sides[side], &counts[side], reason);
}

static struct learned_reason in_words(struct arena *arena, const struct weighed *weighed)
{
	const struct feature_name *name = weighed->name;
	const struct str pieces[] = { str_from(name->what), name->text };

	return (struct learned_reason){ name->group, arena_concat(arena, pieces, 2),
		                        weighed->share };
}

void learned_explain(struct arena *arena, const struct learned_models *models,
                     const struct feature_names *names, struct learned *learned)
{
	struct weighed sides[2][LEARNED_REASONS];
	size_t counts[2] = { 0, 0 }, at[2] = { 0, 0 };
	struct weighed steps = { .name = NULL };
	const struct feature_name *name;

	if (models->site == NULL)
		return;
	vec_foreach (names, name) {
		struct weighed reason = { name, 0 };

		if (!is_readable(name))
			continue;
		reason.share = share_of(models, learned->features, name);
		if (is_step(name)) {
			steps.name = name;
			steps.share += reason.share;
		} else {
			sort_in(sides, counts, reason);
		}
	}
	if (steps.name != NULL)
		sort_in(sides, counts, steps);
	while (at[0] < counts[0] || at[1] < counts[1]) {
		size_t side = at[0] == counts[0] ||
		              (at[1] < counts[1] && sides[1][at[1]].share > -sides[0][at[0]].share);

		vec_push(arena, &learned->reasons, in_words(arena, &sides[side][at[side]++]));
	}
}
