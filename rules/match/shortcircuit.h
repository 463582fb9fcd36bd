/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `shortcircuit`: where such a rule hits, rules that SpamAssassin would have tried after it don't
 * count. All rules are tried here in any case; their hits are taken out again. Used only where the
 * plugin is loaded and a rule or a limit asks for it.
 */
#ifndef RULES_MATCH_SHORTCIRCUIT_H
#define RULES_MATCH_SHORTCIRCUIT_H

#include "rules/match/match.h"

/* Computes when each rule would have its turn; called after metas are in order. */
void shortcircuit_compile(struct ruleset *set);
/* Takes out hits, and adds the one of SHORTCIRCUIT; the hits were collected before. */
void shortcircuit_apply(struct match *match);

#endif
