/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/learned.h"

#include <math.h>

#include "learn/logistic.h"

/* With so many of the smaller class, the log odds count half. */
#define HALF_KNOWN 200
/* What log odds are multiplied with to give SpamAssassin's names the meaning that they have there.
 */
#define STEEPNESS 2

static bool has_enough(const struct model *model)
{
	return model != NULL && model_count(model, LEARN_HAM) >= LEARNED_NARROWER_MIN &&
	       model_count(model, LEARN_SPAM) >= LEARNED_NARROWER_MIN;
}

struct learned learned_judge(const struct learned_models *models, const struct features *features)
{
	struct learned learned = { .features = features };
	double fewer;

	if (models->site != NULL) {
		learned.log_odds = model_log_odds(models->site, features);
		learned.ham = model_count(models->site, LEARN_HAM);
		learned.spam = model_count(models->site, LEARN_SPAM);
	}
	if (has_enough(models->narrower))
		learned.log_odds +=
			model_log_odds(models->narrower, features) - model_prior(features);
	fewer = (double)(learned.ham < learned.spam ? learned.ham : learned.spam);
	learned.probability = logistic(STEEPNESS * learned.log_odds * fewer / (fewer + HALF_KNOWN));
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

/* Into a list by falling weight, which keeps the first few. */
static void insert(struct learned_reason *reasons, size_t *count, struct learned_reason reason)
{
	size_t at = *count;

	for (size_t i = 0; i < *count; i++)
		if (reasons[i].group == reason.group && str_eq_ci(reasons[i].text, reason.text))
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
	return name->group != FEATURES_GRAMS && name->text.len > 0;
}

/* A step of the rules' score. The steps say the same together: the last, how far it goes. */
static bool is_step(const struct feature_name *name)
{
	return name->group == FEATURES_RULES && str_starts(name->text, STR(FEATURES_STEP));
}

static void sort_in(struct learned_reason sides[2][LEARNED_REASONS], size_t counts[2],
                    struct learned_reason reason)
{
	size_t side = reason.share > 0;

	if (reason.share != 0)
		insert(sides[side], &counts[side], reason);
}

void learned_explain(struct arena *arena, const struct learned_models *models,
                     const struct feature_names *names, struct learned *learned)
{
	struct learned_reason sides[2][LEARNED_REASONS];
	size_t counts[2] = { 0, 0 }, at[2] = { 0, 0 };
	struct learned_reason steps = { .group = FEATURES_RULES };
	const struct feature_name *name;

	if (models->site == NULL)
		return;
	vec_foreach (names, name) {
		struct learned_reason reason = { name->group, name->text,
			                         share_of(models, learned->features, name) };

		if (is_step(name)) {
			steps.text = name->text;
			steps.share += reason.share;
		} else if (is_readable(name)) {
			sort_in(sides, counts, reason);
		}
	}
	sort_in(sides, counts, steps);
	while (at[0] < counts[0] || at[1] < counts[1]) {
		size_t side = at[0] == counts[0] ||
		              (at[1] < counts[1] && sides[1][at[1]].share > -sides[0][at[0]].share);

		vec_push(arena, &learned->reasons, sides[side][at[side]++]);
	}
}
