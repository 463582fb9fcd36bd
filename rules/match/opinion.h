/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was learned, asked about the message that is matched. */
#ifndef RULES_MATCH_OPINION_H
#define RULES_MATCH_OPINION_H

#include "rules/match/match.h"

/* Fills hits.learned and match.learned, from match.models; all that is evidence has been decided.
 */
void opinion_ask(struct match *match);

#endif
