/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The hits are what holds for every recipient. Where lists and acquaintances of some say more, what
 * would follow for each of them, metas included, is told apart: hits.changes.
 */
#ifndef RULES_RECIPIENT_CHANGES_H
#define RULES_RECIPIENT_CHANGES_H

#include "rules/match/match.h"

/* After the hits are collected, while there is a scanner. */
void recipient_changes_find(struct match *match);

#endif
