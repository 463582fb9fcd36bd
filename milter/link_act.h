/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Does what a signed link is for: a dropped message is released, its sender is welcomed or blocked,
 * its score is said to be right or wrong, an entry is put into a list or taken out. The link says
 * for which account and message; the records have to say that the message was that account's. What
 * is done to a message is done once, but that it may be said anew what it really is. Blocks;
 * thread-safe.
 */
#ifndef MILTER_LINK_ACT_H
#define MILTER_LINK_ACT_H

#include "control/act_answer.h"
#include "scoring/policy.h"
#include "store/lessons_cache.h"

struct link_asked {
	struct str link;
	struct str message; /* that goes with it; mostly empty */
};

void link_act_do(struct arena *arena, const struct policy *policy, struct lessons_cache *lessons,
                 const struct link_asked *asked, struct act_answer *answer_r);

#endif
