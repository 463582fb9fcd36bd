/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Trying one rule on one message, whatever its type but meta. Works in the scanner of the match.
 * Nothing fails: limits are noted in the hits.
 */
#ifndef RULES_MATCH_TRIES_H
#define RULES_MATCH_TRIES_H

#include "rules/match/match.h"

/* What `full` rules see of a message; SpamAssassin is given no larger ones as a rule. */
#define TRIES_FULL_BYTES ((size_t)1 << 20)

/* Tries the rule and notes its value; false where the deadline has passed. */
bool tries_run(struct match *match, const struct rule *rule);
/* All forms of all URIs, each text once: what `uri` rules are tried on. */
const struct str_list *tries_uri_texts(struct match *match);

#endif
