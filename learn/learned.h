/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was learned, asked about one message. Pure; any number of threads.
 */
#ifndef LEARN_LEARNED_H
#define LEARN_LEARNED_H

#include "learn/feature_builder.h"
#include "learn/learn_key.h"
#include "learn/model.h"

/* Of both classes, before a narrower model adds to the site's. */
#define LEARNED_NARROWER_MIN 50

/* Stay as they are while the message is scored. */
struct learned_models {
	const struct model *site;     /* NULL: nothing was learned yet */
	const struct model *narrower; /* of the recipients' domain or address; NULL: none */
	const struct learn_key *key;
	bool explained;         /* somebody wants to read why: learned.reasons */
	bool explained_if_spam; /* the same where it is likelier spam */
};

/* Of a feature, how much it adds to the log odds: above 0 for spam. */
struct learned_reason {
	enum feature_group group;
	struct str text;
	double share;
};

/* The features that weigh most each way, at most so many of each. */
#define LEARNED_REASONS 5
struct learned_reason_list {
	vec_members(struct learned_reason);
};

struct learned {
	const struct features *features; /* of the message, for learning it */
	double log_odds;                 /* above 0: spam is likelier */
	double probability; /* that it is spam; the less was learned, the nearer to 0.5, and
	                     * the more doubt of spam is taken off the odds before */
	uint64_t ham, spam; /* learned by the site */
	struct learned_reason_list reasons; /* heaviest first; where they were asked for */
};

/* The probability of log odds that a model gives after so many of each class, with this doubt. */
double learned_probability(double log_odds, double doubt, uint64_t ham, uint64_t spam);
struct learned learned_judge(const struct learned_models *models, const struct features *features);
/* Features that may be among the reasons. */
struct feature_choice learned_choose(const struct learned_models *models,
                                     const struct features *features);
/* Fills learned->reasons; `names` are those of its features. */
void learned_explain(struct arena *arena, const struct learned_models *models,
                     const struct feature_names *names, struct learned *learned);

#endif
