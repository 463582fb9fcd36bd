/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether a message is to be learned by the filter itself, from its score: by SpamAssassin 4.0.1's
 * thresholds and its demand for evidence, never on the classifier's own vote, and only where
 * people have taught enough. Pure; thread-safe.
 */
#ifndef SCORING_AUTOLEARN_H
#define SCORING_AUTOLEARN_H

#include "rules/evidence.h"

/* In the words of X-Spam-Status: autolearn_name(). */
enum autolearn {
	AUTOLEARN_DISABLED,    /* it is off, or not enough was taught by hand */
	AUTOLEARN_UNAVAILABLE, /* the scan is not complete, or nothing can be learned now */
	AUTOLEARN_NO,          /* neither surely spam nor surely ham, or of the larger class */
	AUTOLEARN_HAM,
	AUTOLEARN_SPAM,
};

/* "disabled", "unavailable", "no", "ham", "spam". */
const char *autolearn_name(enum autolearn autolearn);

/* Numbers of messages. */
struct autolearn_count {
	uint64_t ham, spam;
};

/* What was learned where the message would be learned. */
struct autolearn_taught {
	struct autolearn_count all;     /* now, by whomever */
	struct autolearn_count by_hand; /* of these */
};

struct autolearn_input {
	bool on;        /* by the settings */
	uint64_t after; /* so many of each class have to be taught by hand first */
	const struct site_autolearn *site;
	const struct autolearn_taught *taught; /* NULL: not known */
	const struct hits *hits;
	const struct evidence *evidence;
	bool complete;           /* all was tried, nothing is doubtful, no limit was reached */
	int32_t score, required; /* thousandths */
};

enum autolearn autolearn_decide(const struct autolearn_input *input);

#endif
