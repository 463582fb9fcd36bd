/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From hits to one score, and the hits as short texts for logs, headers and records. Pure. */
#ifndef SCORING_SCORE_H
#define SCORING_SCORE_H

#include "rules/model/hits.h"

/* The exact sum, thousandths. */
int32_t score_sum(const struct hits *hits);
/* The hits by falling score, then in file order. */
const struct rule_hit **score_order(struct arena *arena, const struct hits *hits);
/* "B=3.2,A=1": by falling score, then in file order. */
struct str score_list(struct arena *arena, const struct hits *hits);
/* "A,B": names alone, in the order of their names, as X-Spam-Status shows them. */
struct str score_names(struct arena *arena, const struct hits *hits);

#endif
