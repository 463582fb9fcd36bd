/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Metas, and the rules that are tried for their sake alone. A sub-rule that may hit is not tried
 * at once: its value is a range. Metas are computed with ranges; only where it matters to a rule
 * that reports show, the rules that it depends on are tried, cheap ones first, until it is decided.
 * A meta none of whose inputs can hit is not looked at.
 */
#ifndef RULES_MATCH_DEMAND_H
#define RULES_MATCH_DEMAND_H

#include "rules/match/match.h"

/* Into what a scanner has to hold. */
void demand_shape(const struct ruleset *set, struct scanner_shape *shape);

/* Computes all metas that matter; false where the deadline has passed. */
bool demand_run(struct match *match);

#endif
