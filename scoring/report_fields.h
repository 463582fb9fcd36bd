/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parts of the report that rule files have a say in (add_header, rewrite_header …): fields
 * X-Spam-…, and tags in fields of the message. Pure; edits go into the arena.
 */
#ifndef SCORING_REPORT_FIELDS_H
#define SCORING_REPORT_FIELDS_H

#include "scoring/report_input.h"

/* Appends one edit of the first field of a name. */
void report_add(struct arena *arena, struct report *report, enum header_edit_kind kind,
                struct str name, struct str value);
/* Tags in Subject, From and To. */
void report_rewrite_fields(struct arena *arena, struct report *report,
                           const struct report_input *input);
/* X-Spam-Status and its kin. */
void report_add_spam_fields(struct arena *arena, struct report *report,
                            const struct report_input *input);

#endif
