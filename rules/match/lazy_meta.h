/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Metas are lazy: they run the rules that only metas need, and only where the result depends on
 * them. A sub-rule that may hit is not run at once: its value is a range. Metas are computed with
 * ranges. Where a meta that reports show is not decided by them, the rules that it depends on are
 * run, cheap ones first, until it is. A meta of which no input can hit is not looked at.
 */
#ifndef RULES_MATCH_LAZY_META_H
#define RULES_MATCH_LAZY_META_H

#include "rules/match/match.h"

/* Into what a scanner has to hold. */
void lazy_meta_shape(const struct ruleset *set, struct scanner_shape *shape);

/* Computes all metas that matter; false where the deadline has passed. */
bool lazy_meta_run(struct match *match);

#endif
