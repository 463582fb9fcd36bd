/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lowered thresholds that this process drops by: one list at a time, replaced as a whole.
 * Thread-safe. */
#ifndef SCORING_ADAPTED_NOW_H
#define SCORING_ADAPTED_NOW_H

#include "scoring/adapted.h"

/* A copy takes the place of what there was. */
void adapted_now_set(const struct adapted *adapted);
/* Half points below the configured threshold; 0 for destinations that aren't in the list. */
unsigned adapted_now_steps(struct str domain);
/* A copy in the arena. */
void adapted_now_get(struct arena *arena, struct adapted *adapted_r);

#endif
