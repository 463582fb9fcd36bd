/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/learned.h"

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
		learned.log_odds += model_log_odds(models->narrower, features);
	fewer = (double)(learned.ham < learned.spam ? learned.ham : learned.spam);
	learned.probability = logistic(STEEPNESS * learned.log_odds * fewer / (fewer + HALF_KNOWN));
	return learned;
}
