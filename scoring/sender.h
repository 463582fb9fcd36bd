/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sender with which a message goes on: rewritten by SRS where the message is forwarded. Pure
 * but for the time of day; in the message's arena.
 */
#ifndef SCORING_SENDER_H
#define SCORING_SENDER_H

#include "scoring/verdict.h"

/*
 * Empty: it stays as it is. On the hop it is rewritten where a recipient that is not dropped is a
 * forward; at the front only where there is no hop and all of them are, for a mailbox gets the
 * sender as it was. Never for <>, for a sender of ours, or twice. *trouble_r says why a sender
 * stays that should be rewritten, or is NULL.
 */
struct str sender_rewrite(struct arena *arena, const struct policy *policy,
                          const struct envelope *envelope, const struct verdict *verdict,
                          const char **trouble_r);

#endif
