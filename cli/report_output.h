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

/* One object a line. */
void report_print_json(const struct record *record);
void report_print_json_count(const struct store_count *count);

/* Time, what was done, score, sender, recipient and destination. */
void report_print_line(const struct record *record);

/* All of a record, with every rule; `ruleset` gives their descriptions and may be NULL. */
void report_print_record(const struct record *record, const struct ruleset *ruleset);

/* Records counted by destination, recipient, sender and score. */
struct report_groups;
struct report_groups *report_groups_new(struct arena *arena);
void report_groups_add(struct report_groups *groups, const struct record *record);
/*
 * To: destination
 * recipient
 *  count  score  sender
 */
void report_groups_print(struct report_groups *groups);

#endif
