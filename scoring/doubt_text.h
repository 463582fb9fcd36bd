/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What might have lowered a score and could not be found out, as a text. Pure. */
#ifndef SCORING_DOUBT_TEXT_H
#define SCORING_DOUBT_TEXT_H

#include "rules/model/hits.h"

/* "scan-timeout: the score might be lower by USER_IN_WELCOMELIST, …", for hits with doubt. */
struct str doubt_text(struct arena *arena, const struct hits *hits);

#endif
