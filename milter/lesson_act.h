/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What people say of a message is learned, as by `assay learn`, for everybody or for one account
 * alone. Blocks on the disk and network; thread-safe.
 */
#ifndef MILTER_LESSON_ACT_H
#define MILTER_LESSON_ACT_H

#include "scoring/policy.h"
#include "store/lessons_cache.h"

struct lesson_said {
	struct str account; /* a domain or address, to learn it for it alone; empty: for the site */
	enum learn_label label;
	enum lesson_source source;
};

/* The copy that is kept of what was dropped, in the arena; empty where there is none. False where
 * that can't be found out. */
bool lesson_act_copy(struct arena *arena, const struct policy *policy, struct str scan_id,
                     struct str *text_r, struct error *err_r);

/* `text` as it arrived (scoring/arrival.h). True once that is durable; false with the reason. */
bool lesson_act(struct arena *arena, const struct policy *policy, struct lessons_cache *cache,
                const struct lesson_said *said, struct str text, struct error *err_r);

#endif
