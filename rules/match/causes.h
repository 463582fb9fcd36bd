/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why a meta hit: the rules with a meaning of their own that it was made of. In the message's
 * arena, while the scanner has the values.
 */
#ifndef RULES_MATCH_CAUSES_H
#define RULES_MATCH_CAUSES_H

#include "rules/match/match.h"

/* Further ones are not named. */
#define CAUSES_MAX 12

/*
 * The rules that made a meta hit, in the order in which it names them: those with a description,
 * through other metas without one; where there are none, what matched a text; and only where there
 * is none of these either, the rest. Empty for other rules.
 */
struct rule_cause_list causes_of(const struct match *match, const struct rule *rule);

#endif
