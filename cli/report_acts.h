/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people did about the messages of a report: released them, said that they were right. */
#ifndef CLI_REPORT_ACTS_H
#define CLI_REPORT_ACTS_H

#include "store/acts.h"

struct report_acts;

/* NULL where the store can't be read, with the reason. */
struct report_acts *report_acts_open(struct arena *arena, const char *store, struct error *err_r);
void report_acts_close(struct report_acts *acts);

/* What was done about a record's recipient, or his domain, or by staff, in the order of time; in
 * the arena of report_acts_open(). False where the store can't be read. */
bool report_acts_of(struct report_acts *acts, const struct record *record, struct act_list *found_r,
                    struct error *err_r);

/* "released by joe", "release begun by joe; the MTA's log tells whether it was sent" */
struct str report_acts_text(struct arena *arena, const struct act *act);

#endif
