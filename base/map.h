/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A hash map from text to a pointer, in an arena. Keys are slices that must live as long as the
 * map; with MAP_IGNORE_CASE the case of ASCII letters is ignored. Any number of readers, or one
 * writer. Nothing can fail.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/arena.h"

enum map_case {
	MAP_EXACT,
	MAP_IGNORE_CASE,
};

struct map;

struct map *map_new(struct arena *arena, enum map_case keys);
/* The value of a key, or NULL. */
void *map_get(const struct map *map, struct str key);
/* Sets or replaces; the value must not be NULL. */
void map_set(struct map *map, struct str key, void *value);
size_t map_len(const struct map *map);
/* The entry number `i` (below map_len()) in the order in which keys were first set. */
void *map_at(const struct map *map, size_t i, struct str *key_r);

#endif
