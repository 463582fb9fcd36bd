/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which rules are worth trying on a message: the prefilters of a rule set, one a region, and what
 * they find. Built while the rule set is loaded; afterwards used by the scanner's borrower.
 */
#ifndef RULES_CANDIDATES_H
#define RULES_CANDIDATES_H

#include "rules/match.h"

/* Builds the prefilters for set->by_type, and set->by_field. */
void candidates_compile(struct ruleset *set);

/* Looks through the region of a type of rules, RULE_HEADER excepted. */
void candidates_find(struct match *match, enum rule_type type);
/* Looks through the value of one header field for RULE_HEADER. */
void candidates_find_in_field(struct match *match, struct str value);
/* May the rule hit? Of the type that was looked for last. */
bool candidates_has(const struct match *match, const struct rule *rule);
/* May it hit only where its field is there? */
bool candidates_needs_text(const struct match *match, const struct rule *rule);

#endif
