/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the message's readers get to see: header edits, as data. The milter asks the MTA for them,
 * `assay score --message` applies them to the text itself. In the message's arena.
 */
#ifndef SCORING_REPORT_H
#define SCORING_REPORT_H

#include "forward/seal_content.h"
#include "scoring/report_input.h"

/* False for fields that no report ever changes or removes, whatever their value. */
bool report_may_edit(struct str name);

struct report *report_build(struct arena *arena, const struct report_input *input);

/* Of the fields that a seal binds, what the edits leave, for the front to seal. */
void report_sealed_fields(struct arena *arena, const struct report *report,
                          const struct raw_field_list *fields, struct seal_fields *sealed_r);

/* The text of a message with the edits applied, as an MTA would do it; line ends stay as they are.
 */
struct str report_apply(struct arena *arena, const struct report *report, struct str raw);

#endif
