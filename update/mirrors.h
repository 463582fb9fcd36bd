/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * MIRRORED.BY, the list of a channel's mirrors: a line for each, a URL and perhaps words KEY=VALUE,
 * of which weight=N is known; # begins a comment. A stranger's text. Pure.
 */
#ifndef UPDATE_MIRRORS_H
#define UPDATE_MIRRORS_H

#include "base/vec.h"

struct mirror {
	struct str url;  /* http or https, without a slash at its end */
	unsigned weight; /* 1 to 10000 */
};

struct mirror_list {
	vec_members(struct mirror);
};

/* An http or https URL of printable characters. */
bool mirrors_url_valid(struct str url);

/* At most the first 100; lines that are not understood are left out. */
void mirrors_parse(struct arena *arena, struct str text, struct mirror_list *mirrors_r);

/*
 * Takes one out of the list, each as likely as its weight says; `random` is any number. False where
 * none is left.
 */
bool mirrors_take(struct mirror_list *mirrors, uint64_t random, struct mirror *mirror_r);

#endif
