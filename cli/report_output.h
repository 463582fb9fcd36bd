/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records as readers get them: a line of text, a JSON object, or counts by destination and
 * recipient. Written to stdout. One thread; what a group has lives in the arena it was made with.
 */
#ifndef CLI_REPORT_OUTPUT_H
#define CLI_REPORT_OUTPUT_H

#include "rules/ruleset.h"
#include "store/store.h"

/* "discarded", "delivered" … */
const char *report_kind_name(enum record_kind kind);

/* The name and points of "A=1.2"; points is 0 where there are none. */
struct str report_split_rule(struct str piece, int32_t *points_r);

/* One object per line; the descriptions of rules are there where `ruleset` is not NULL. */
struct report_json;
struct report_json *report_json_new(struct arena *arena, const struct ruleset *ruleset);
void report_json_record(struct report_json *json, const struct record *record);
void report_json_count(struct report_json *json, const struct store_count *count);

/* Time, what was done, score, sender, recipient and destination. */
void report_print_line(const struct record *record);

/* All of a record, with every rule; `ruleset` gives their descriptions and may be NULL. */
void report_print_record(const struct record *record, const struct ruleset *ruleset);

/* Records counted by destination, recipient, sender and score. */
struct report_groups;
struct report_groups *report_groups_new(struct arena *arena);
/* For store_read_groups(), with the groups as its context. */
bool report_groups_add(const struct store_group *group, void *context);
/*
 * To: destination
 * recipient
 *  count  score  sender
 */
void report_groups_print(struct report_groups *groups);

#endif
