/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The outline of a pattern: bytes that every match holds in this order, as sets, with what may
 * stand between them. "v[i1][a@]\W?g(?:ra|ro)" has the steps v, [i1], [a@], g, r, [ao], of which
 * the third may be followed by \W. A text without the outline can't match. Looser than the pattern,
 * but quick to look for (outline_scan.h), also where a pattern holds no literal. Pure.
 */
#ifndef RULES_REGEX_OUTLINE_H
#define RULES_REGEX_OUTLINE_H

#include "rules/regex/pattern_tree.h"

/* Steps of an outline; longer ones don't tell more. */
#define OUTLINE_STEPS 12
/* Outlines of one pattern: one of them occurs in each match. */
#define OUTLINE_COUNT 128

/* One in 2^this bytes of mail: rare enough. */
#define OUTLINE_RARE 18.0

struct outline_step {
	struct byte_set byte; /* one of these */
	struct byte_set more; /* then any number of these */
};

struct outline {
	struct outline_step steps[OUTLINE_STEPS];
	size_t len;
};

struct outline_list {
	struct outline *items;
	size_t len;
	size_t cap;
	double rarity; /* how rare they are: about one occurs in 2^rarity bytes of mail */
};

/*
 * Both lists are empty where there is nothing that is rare enough to be of use. Of the literals, in
 * lower case, each match holds one in some case.
 */
void outline_of(struct arena *arena, struct node *tree, struct outline_list *list_r,
                struct str_list *literals_r);
/* How rare text with one of these literals, in any case, is: one in 2^this bytes of mail. */
double outline_literals_rarity(const struct str_list *literals);

#endif
