/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A score explained for people: what hit, by falling points, with what it matched and why, what is
 * small folded into one line, and what is known to be good. Pure; in the message's arena.
 */
#ifndef SCORING_EXPLANATION_H
#define SCORING_EXPLANATION_H

#include "facts/facts.h"
#include "rules/model/hits.h"

/* Less than this, in thousandths, either way, is small. */
#define EXPLANATION_SMALL 200

struct explained_hit {
	const struct rule_hit *hit;
	struct str matched; /* see matched_text.h; or empty */
	struct str because; /* of a combination, what it is made of: "A link …; a sender …"; or
	                       empty */
};

struct explanation {
	vec_of(struct explained_hit) hits; /* all of them, by falling points */
	size_t small;                      /* how many of them are small … */
	int32_t small_points;              /* … their points together, in thousandths … */
	struct str small_names;            /* … and "A 0.1, B -0.1" */
	struct str_list good;              /* sentences about the sender that speak for the mail */
	struct str_list learned;           /* sentences about what was learned */
};

/* `facts` may be NULL. */
struct explanation explanation_of(struct arena *arena, const struct hits *hits,
                                  const struct facts *facts);

static inline bool explanation_is_small(const struct explained_hit *hit)
{
	return hit->hit->score > -EXPLANATION_SMALL && hit->hit->score < EXPLANATION_SMALL;
}

/* The same as lines of text, the first with `score` and `required`, for a header field. Further
 * rules than fit are counted. */
void explanation_lines(struct arena *arena, const struct explanation *explanation, int32_t score,
                       int32_t required, struct str_list *lines);

#endif
