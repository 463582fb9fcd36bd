/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The right-hand side of virtual(5) and aliases(5): a list of addresses, and in aliases also files,
 * commands, ":include:" lists and "\name". Lists are read while loading and watched like the map
 * itself. Mistakes are added to the load's problems, all of them.
 */
#ifndef FORWARD_TARGETS_H
#define FORWARD_TARGETS_H

#include "forward/forward_map.h"
#include "forward/lines.h"

/* How deep an :include: may include. */
#define TARGETS_INCLUDE_DEPTH 5

enum targets_syntax {
	TARGETS_VIRTUAL,
	TARGETS_ALIASES,
};

/* Appends what `value`, a slice of line->text, lists. */
void targets_parse(const struct map_load *load, enum targets_syntax syntax,
                   const struct logical_line *line, struct str value, struct target_list *targets);

/*
 * The same for a value that came from a database: no files, no positions but `at`. False with a
 * reason where something in it is no address.
 */
bool targets_parse_answer(struct arena *arena, struct str value, const struct source_position *at,
                          struct target_list *targets, struct error *err_r);

/* NULL where the address, or bare local part, is well formed; else what is wrong with it. */
const char *targets_check_address(struct str address);

#endif
