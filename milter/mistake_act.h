/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A message that was judged wrongly is kept for work on rules, and learned, as by `assay
 * report-mistake`. Blocks on the disk and network; thread-safe.
 */
#ifndef MILTER_MISTAKE_ACT_H
#define MILTER_MISTAKE_ACT_H

#include "release/mistakes.h"
#include "scoring/policy.h"
#include "store/lessons_cache.h"

struct mistake {
	enum mistake_class class; /* what it really is */
	struct str scan_id;
	struct str message_id; /* by its record; or empty */
	struct str given;      /* the message; empty: the copy that is kept of what was dropped */
};

/* *text_r: what was done, in the arena. False with the reason where it isn't kept. */
bool mistake_act(struct arena *arena, const struct policy *policy, struct lessons_cache *lessons,
                 const struct mistake *mistake, struct str *text_r, struct error *err_r);

#endif
