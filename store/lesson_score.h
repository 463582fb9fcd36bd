/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages that people teach are scored as the filter would, without asking the network. */
#ifndef STORE_LESSON_SCORE_H
#define STORE_LESSON_SCORE_H

#include "scoring/assay.h"

/* `text` as it arrived (scoring/arrival.h), `models` with the site's key at least; they, the policy
 * and the text have to stay as long as what is returned, which is in the arena. Pure but for the
 * clock; thread-safe. */
const struct assay *lesson_score(struct arena *arena, const struct policy *policy,
                                 const struct learned_models *models, struct str text);

#endif
