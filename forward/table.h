/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the map types that read a whole text file have in common: its lines, and their entries by
 * key. Filled while the policy is built, by one thread; then only read.
 */
#ifndef FORWARD_TABLE_H
#define FORWARD_TABLE_H

#include "forward/lines.h"
#include "forward/map.h"

struct table_entry {
	struct target_list targets;
	struct source_position at;
};

/* Reads the file `spec` and remembers it; false with a problem. */
bool table_read(const struct map_load *load, struct str spec, struct line_reader *reader_r);

/* A new entry for `key`; NULL with a warning where there is one already. `name` is the key as it
 * stands in the file. */
struct table_entry *table_add(const struct map_load *load, struct map *entries, struct str name,
                              struct str key, const struct source_position *at);

/* The look-up of such a map type, whose data is the struct map of its entries. */
enum lookup_result table_lookup(struct arena *arena, void *entries, struct str key,
                                struct target_list *targets_r);

#endif
