/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes up what assay health --follow writes of destinations; a line in the log for each change. */
#ifndef MILTER_ADAPTED_WATCH_H
#define MILTER_ADAPTED_WATCH_H

#include "scoring/policy.h"

/* To be called every few seconds, by one thread: reads the file where it has changed. */
void adapted_watch_tick(struct policy_slot *slot);

#endif
