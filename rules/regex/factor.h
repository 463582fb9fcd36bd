/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A factor of a pattern: bytes that every match holds in this order, as sets, with what may stand
 * between them. "v[i1][a@]\W?g(?:ra|ro)" has the steps v, [i1], [a@], g, r, [ao]; the third may be
 * followed by \W. A text without the factor can't match. A factor lets more texts pass than the
 * pattern, but is quick to look for (factor_set.h), also where a pattern holds no literal. Pure.
 */
#ifndef RULES_REGEX_FACTOR_H
#define RULES_REGEX_FACTOR_H

#include "rules/regex/pattern_tree.h"

/* Steps of a factor; longer ones don't tell more. */
#define FACTOR_STEPS 12
/* Factors of one pattern: one of them occurs in each match. */
#define FACTOR_COUNT 128

/* One in 2^this bytes of mail: rare enough. */
#define FACTOR_RARE 18.0

struct factor_step {
	struct byte_set byte; /* one of these */
	struct byte_set more; /* then any number of these */
};

struct factor {
	struct factor_step steps[FACTOR_STEPS];
	size_t len;
};

struct factor_list {
	vec_members(struct factor);
	double rarity; /* how rare they are: about one occurs in 2^rarity bytes of mail */
};

/*
 * Both lists are empty if nothing is rare enough to be useful. Each match holds one of the
 * literals, which are in lower case, in some case.
 */
void factor_of(struct arena *arena, struct pattern_node *tree, struct factor_list *list_r,
               struct str_list *literals_r);
/* How rare text with one of these literals, in any case, is: one in 2^this bytes of mail. */
double factor_literals_rarity(const struct str_list *literals);

#endif
