/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Named groups of one rule's pattern, (?<NAME>…), that stand as %{NAME} in the patterns of others:
 * those are compiled for each message, with what was captured in it as plain text. A rule whose
 * captures are missing doesn't hit. In the message's arena.
 */
#ifndef RULES_MATCH_CAPTURE_H
#define RULES_MATCH_CAPTURE_H

#include "rules/match/match.h"

/* Has the pattern a %{NAME}? */
bool capture_wanted(struct str pattern);
/* Keeps the named groups of the match that the rule just had in the text. */
void capture_keep(struct match *match, struct str text);
/* The rule's pattern for analysis, with references that match anything; NULL if that isn't
 * possible. */
const struct pattern *capture_template(struct arena *arena, const struct rule *rule);
/* The rule's pattern for this message; NULL where it can't hit. */
const struct pattern *capture_pattern(struct match *match);

#endif
