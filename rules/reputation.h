/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How the sender's mail scored so far, as SpamAssassin's TxRep means it: the rule that calls
 * check_senders_reputation() adds what pulls the sum of the others towards that mean.
 */
#ifndef RULES_REPUTATION_H
#define RULES_REPUTATION_H

#include "rules/match/match.h"

/* After all other hits are collected: adds that hit, and notes what is to be learned. */
void reputation_pull(struct match *match);
/* By how much the pull that could not be computed might have lowered the sum, thousandths. */
int32_t reputation_doubt(const struct match *match);

#endif
