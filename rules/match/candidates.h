/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which rules are worth trying on which texts of a message: the filters of a rule set, one for each
 * region and header field, and what they find. Built while the rule set is loaded; afterwards used
 * by the scanner's borrower.
 */
#ifndef RULES_MATCH_CANDIDATES_H
#define RULES_MATCH_CANDIDATES_H

#include "rules/match/match.h"

/* A text of the region in which a rule may hit; `next` is the place of its next one plus 1. */
struct candidate_text {
	uint32_t number;
	uint32_t next;
};

/* How texts are found on which a rule is worth trying. */
enum candidates_method {
	CANDIDATES_ALL, /* every text is one */
	CANDIDATES_LITERALS,
	CANDIDATES_FACTORS,
};

/* The method for a rule with a pattern of a type that has a prefilter, and what is looked for. */
enum candidates_method candidates_choose(const struct ruleset *set, struct arena *arena,
                                         const struct rule *rule, struct pattern_needs *needs_r);
/* Builds set->filters, set->by_field, and what depends on them. */
void candidates_compile(struct ruleset *set);

/* Looks through all texts of a region; adds to scanner->candidate_slots. */
void candidates_find(struct match *match, enum rule_type type, const struct str_list *texts);
/* Looks through the value of a header field for RULE_HEADER. */
void candidates_find_in_field(struct match *match, size_t field, struct str value);
/* Have rules of the type a filter? */
bool candidates_has_filter(enum rule_type type);
/* The first text that was found for the rule, then the one after `previous`; NULL after the last.
 */
const struct candidate_text *candidates_next(const struct match *match, const struct rule *rule,
                                             const struct candidate_text *previous);

#endif
