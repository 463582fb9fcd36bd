/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rules of a record as a reader gets them: its `rules` and `matched`, with what the rule set of
 * today says of each. What rules matched is recorded as it was in the message, "RULE\tTEXT\n" for
 * each and "\tCAUSE\tTEXT\n" after a meta for what made it true, and made readable where somebody
 * reads it. Last, after a rule that says what was learned, "\t\tWORDS\n": why, as reports say it.
 * Pure; in the arena; thread-safe.
 */
#ifndef STORE_RECORD_RULES_H
#define STORE_RECORD_RULES_H

#include "rules/ruleset.h"
#include "store/record.h"

/* Bytes of record.matched; heavier rules come first, and what has no room is left out. */
#define RECORD_MATCHED_MAX 2000
/* Rules of one record that are read; there are more only where something is wrong. */
#define RECORD_RULES_MAX 4000

/* For record.matched; "" where nothing was matched. */
const char *record_matched(struct arena *arena, const struct hits *hits);

struct record_rule {
	struct str name;
	int32_t points;         /* thousandths */
	struct str description; /* or empty */
	struct str matched;     /* readable, see scoring/matched_text.h; or empty */
	struct str because; /* of a meta, what made it true: "A link …; a sender …"; or empty */
};

struct record_rule_list {
	vec_members(struct record_rule);
};

/* All of them, in the order of the record: by falling points. `ruleset` may be NULL: then nothing
 * is described. */
struct record_rule_list record_rules(struct arena *arena, const struct record *record,
                                     const struct ruleset *ruleset);

/* The name and points of the next rule of "A=1.2,B=-3"; false at its end. Points are 0 where there
 * are none. */
bool record_rules_next(struct str *rest, struct str *name_r, int32_t *points_r);

#endif
