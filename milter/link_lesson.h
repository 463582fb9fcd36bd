/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the filter learns of a link that was followed, where there is a copy of the message: what is
 * delivered after all is ham, what was reported is spam, and so is what was rightly judged so.
 */
#ifndef MILTER_LINK_LESSON_H
#define MILTER_LINK_LESSON_H

#include "scoring/policy.h"
#include "store/lessons_cache.h"
#include "web/signed_link.h"

struct link_lesson {
	enum link_purpose purpose;
	struct str scan_id;
	struct str account; /* whose link it is, for whom alone it is learned; empty: the site's */
	bool judged_spam;   /* the message was dropped or tagged for its score */
};

/* Learns it; what to add to the answer, in the arena: empty where such a link teaches nothing or
 * nothing can be learned, which the log says then. Blocks on the disk and network; thread-safe. */
struct str link_lesson(struct arena *arena, const struct policy *policy,
                       struct lessons_cache *cache, const struct link_lesson *lesson);

#endif
