/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of rules, as far as they are known; the metas that they may change are noted. */
#ifndef RULES_MATCH_DEMAND_SET_H
#define RULES_MATCH_DEMAND_SET_H

#include "rules/match/match.h"

/* What is known of a rule now. */
void demand_set(struct match *match, size_t slot, struct range range);
/* The same for a meta of which only the truth is known and counts. */
void demand_set_truth(struct match *match, size_t slot, enum truth truth);
/* Notes that a rule may hit, if it is one that is deferred; else false. */
bool demand_may_hit(struct match *match, size_t slot);

#endif
