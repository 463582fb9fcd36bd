/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was learned, asked about one message. Pure; any number of threads.
 */
#ifndef LEARN_LEARNED_H
#define LEARN_LEARNED_H

#include "learn/learn_key.h"
#include "learn/model.h"

/* Of both classes, before a narrower model adds to the site's. */
#define LEARNED_NARROWER_MIN 50

/* Stay as they are while the message is scored. */
struct learned_models {
	const struct model *site;     /* NULL: nothing was learned yet */
	const struct model *narrower; /* of the recipients' domain or address; NULL: none */
	const struct learn_key *key;
};

struct learned {
	const struct features *features; /* of the message, for learning it */
	double log_odds;                 /* above 0: spam is likelier */
	double probability; /* that it is spam; nearer to 0.5 while little was learned */
	uint64_t ham, spam; /* learned by the site */
};

struct learned learned_judge(const struct learned_models *models, const struct features *features);

#endif
