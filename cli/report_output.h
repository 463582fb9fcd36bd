/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records as readers get them: a line of text, a JSON object, or counts by destination and
 * recipient. Written to stdout. One thread; what a group has lives in the arena it was made with.
 */
#ifndef CLI_REPORT_OUTPUT_H
#define CLI_REPORT_OUTPUT_H

#include "rules/ruleset.h"
#include "store/act.h"
#include "store/store.h"

/* "discarded", "delivered" … */
const char *report_kind_name(enum record_kind kind);

/* One object per line; the descriptions of rules are there where `ruleset` is not NULL. */
struct report_json;
struct report_json *report_json_new(struct arena *arena, const struct ruleset *ruleset);
/* With what people did about it, where `acts` is not NULL. */
void report_json_record(struct report_json *json, const struct record *record,
                        const struct act_list *acts);
void report_json_count(struct report_json *json, const struct store_count *count);

/* Time, what was done, score, sender, recipient and destination. */
void report_print_line(const struct record *record);

/* All of a record, with what people did about it, and every rule; `ruleset` gives their
 * descriptions and may be NULL. */
void report_print_record(const struct record *record, const struct act_list *acts,
                         const struct ruleset *ruleset);

/* Records counted by destination, recipient, sender and score. */
struct report_groups;
struct report_groups *report_groups_new(struct arena *arena);
/* For store_read_groups(), with the groups as its context. */
bool report_groups_add(const struct store_group *group, void *context);
size_t report_groups_count(const struct report_groups *groups);
/*
 * To: destination
 * recipient
 *  count  score  sender
 */
void report_groups_print(struct report_groups *groups);

#endif
