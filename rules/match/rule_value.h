/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of rules, as far as they are known; the metas that they may change are noted. */
#ifndef RULES_MATCH_RULE_VALUE_H
#define RULES_MATCH_RULE_VALUE_H

#include "rules/match/match.h"

/* What is known of a rule now. */
void rule_value_set(struct match *match, size_t slot, struct range range);
/* The same for a meta of which only this is known and counts. */
void rule_value_set_tristate(struct match *match, size_t slot, enum tristate value);
/* Notes that a rule may hit, if it is one that is deferred; else false. */
bool rule_value_may_hit(struct match *match, size_t slot);

#endif
