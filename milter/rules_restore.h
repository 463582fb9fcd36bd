/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The way back from rules that turn out bad: the policy with the rules before, kept while they are
 * watched. For the thread that reloads.
 */
#ifndef MILTER_RULES_RESTORE_H
#define MILTER_RULES_RESTORE_H

#include "scoring/policy.h"
#include "setup/rules_in_force.h"

/* Keeps a policy that the caller has pinned, and gives back what was kept. */
void rules_restore_keep(struct policy_slot *slot, const struct policy *before,
                        struct rules_in_force rules);
/* Gives it back; nothing may be kept. */
void rules_restore_forget(void);

/*
 * Publishes what is kept, and takes back on disk what was activated of channels since, for a reason
 * of one line. False where nothing is kept. *on_disk_r: what is on disk is that again, so that it
 * may be loaded.
 */
bool rules_restore(struct str reason, struct rules_in_force *rules_r, bool *on_disk_r);

#endif
