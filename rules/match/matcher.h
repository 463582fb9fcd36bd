/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Matching: region by region, then eval functions, those that need answers of the network last,
 * then metas in their order. Works in a borrowed scanner; what it finds is left in the scanner's
 * values. Nothing fails: limits are noted in the hits.
 */
#ifndef RULES_MATCH_MATCHER_H
#define RULES_MATCH_MATCHER_H

#include "rules/match/match.h"

/* Tries the rules that need no answer of the network, but metas; stops at the deadline. */
void matcher_run_local(struct match *match);
/* After that, with all facts and match->asked_hits: the rest, then metas. */
void matcher_run_rest(struct match *match);
/* Puts the rules that hit and that reports show into match->hits, in file order. */
void matcher_collect(struct match *match);
/* What a rule with this many hits adds to the sum; SpamAssassin adds its score for each hit that
 * `tflags multiple` counts. */
int32_t matcher_score(const struct match *match, const struct rule *rule, double hits);

#endif
