/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs one rule of any type but meta on one message. Works in the scanner of the match. Nothing
 * fails: limits are noted in the hits.
 */
#ifndef RULES_MATCH_RUN_RULE_H
#define RULES_MATCH_RUN_RULE_H

#include "rules/match/match.h"

/* What `full` rules see of a message; SpamAssassin usually isn't given larger ones. */
#define RUN_RULE_FULL_BYTES ((size_t)1 << 20)

/* Runs the rule and notes its value; false where the deadline has passed. */
bool run_rule(struct match *match, const struct rule *rule);
/* All forms of all URIs, each text once: what `uri` rules are tried on. */
const struct str_list *run_rule_uri_texts(struct match *match);

#endif
