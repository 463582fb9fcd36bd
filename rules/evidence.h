/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the hits on a message say without the classifier, as learning by itself needs it: which
 * rules count, and whether they look at the header or at the body, is as in SpamAssassin 4.0.1.
 * Pure; thread-safe.
 */
#ifndef RULES_EVIDENCE_H
#define RULES_EVIDENCE_H

#include "rules/ruleset.h"

/* Points in thousandths. */
struct evidence {
	/*
	 * The sum with the scores that hold without a classifier, and what of it rules give that
	 * look at the header, or at the body: the rest is neither. A meta counts as what it names.
	 * Rules with `tflags` learn, userconf or noautolearn are left out.
	 */
	int32_t score, header, body;
	int32_t learned; /* what rules with `tflags learn` give in this scan: the classifier's vote
	                  */
	bool forced;     /* a rule with `tflags autolearn_force` hit */
};

struct evidence evidence_of_hits(const struct ruleset *ruleset, const struct hits *hits);

#endif
