/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A Subject as it came: for copies that leave with the tag of the front, which is for the readers
 * here, while most senders sign the Subject. The front notes what it put there, in the seal; the
 * hop takes just that out again, so that the field is what it was, byte for byte. Pure functions;
 * results in the arena.
 */
#ifndef SCORING_SUBJECT_UNDO_H
#define SCORING_SUBJECT_UNDO_H

#include "scoring/report_input.h"

/* What the edits do to the Subjects of a header, at most SUBJECT_UNDO_MAX bytes; empty: nothing, or
 * nothing that could be undone. */
struct str subject_undo_note(struct arena *arena, const struct report *report,
                             const struct raw_field_list *fields);
#define SUBJECT_UNDO_MAX 1000

/* The edits that undo it in the header that it made. A Subject that is not as it was left is not
 * touched. */
void subject_undo(struct arena *arena, struct str note, const struct raw_field_list *fields,
                  struct report *report);

#endif
