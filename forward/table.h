/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the map types that read a whole text file have in common: its lines, and their entries by
 * key. Filled while the policy is built, by one thread; then only read.
 */
#ifndef FORWARD_TABLE_H
#define FORWARD_TABLE_H

#include "forward/forward_map.h"
#include "forward/lines.h"

struct table_entry {
	struct target_list targets;
	struct source_position at;
};

struct table {
	struct map *entries; /* by address_key() */
	/* What a key beyond ASCII, whose case not every MTA ignores, may be taken for. */
	const char *odd_keys;
};

/* Reads the file `spec` and remembers it; false with a problem. */
bool table_read(const struct map_load *load, struct str spec, struct line_reader *reader_r);

struct table *table_new(struct arena *arena);

/*
 * A new entry for `name`, a key as it stands in the file. What is doubtful about the key or its
 * line becomes the entry's doubt. NULL with a warning where there is one already: then the first,
 * which is what postmap keeps, has a doubt too.
 */
struct table_entry *table_add(const struct map_load *load, struct table *table, struct str name,
                              const struct logical_line *line);

/* The look-up of such a map type, whose data is its struct table. */
enum lookup_result table_lookup(struct arena *arena, void *table, struct str key,
                                struct target_list *targets_r);

#endif
