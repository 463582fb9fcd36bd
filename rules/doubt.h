/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * By how much the sum of the scores may be too high because of what could not be found out: rules
 * that were abandoned or not reached, SPF without an answer. Only what could lower the sum counts:
 * a rule with a negative score that might have hit, one with a positive score that might not have.
 */
#ifndef RULES_DOUBT_H
#define RULES_DOUBT_H

#include "rules/match/match.h"

/* Fills doubt, doubtful_rules and doubt_causes of the hits; the last step of a match. */
void doubt_measure(struct match *match);

#endif
