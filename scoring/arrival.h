/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stored message as it arrived: without what we, and the mailbox, have written into its header
 * since. What is learned of it is then what the filter saw. Pure.
 */
#ifndef SCORING_ARRIVAL_H
#define SCORING_ARRIVAL_H

#include "scoring/policy.h"

/* The text, in the arena; slices of `raw` where nothing had to go. */
struct str arrival_text(struct arena *arena, const struct policy *policy, struct str raw);

/* The value of a Subject without the tags that we put in front of spam's, of whichever recipient;
 * as many of them as there are. Decoded text. */
struct str arrival_subject(const struct policy *policy, struct str subject);

#endif
