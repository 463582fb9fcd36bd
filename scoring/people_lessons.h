/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a scanned message teaches about who knows whom. Pure. */
#ifndef SCORING_PEOPLE_LESSONS_H
#define SCORING_PEOPLE_LESSONS_H

#include "scoring/assay.h"

/*
 * Of mail that our users send (they logged in, or it began in trusted_networks): whom they write
 * to. Of a stranger's: how it scored. Nothing of a forward hop's mail, of incomplete scans, of
 * spam that is sent from here, nor of what programs send by themselves or many are sent. Appends to
 * the list; in the arena.
 */
void people_lessons_of(struct arena *arena, const struct policy *policy,
                       const struct envelope *envelope, const struct assay *assay,
                       struct people_lesson_list *lessons);

#endif
