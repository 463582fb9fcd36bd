/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Replacement tags: `replace_tag A [a4]` makes <A> in the patterns of rules named by
 * `replace_rules` stand for [a4]; <pre X>, <inter X> and <post X> put what `replace_pre X` … name
 * before, between and after them. Used while a rule set is loaded. Nothing fails.
 */
#ifndef RULES_REGEX_REPLACE_H
#define RULES_REGEX_REPLACE_H

#include "base/map.h"

/* The key under which a statement's replacement is kept: "replace_tag A". */
struct str replace_key(struct arena *arena, struct str statement, struct str name);

/*
 * The pattern (without delimiters) with its tags replaced. The values of `tags` are struct str.
 * With `as_calls`, what a tag stands for is written once, as a named group at the end, and called
 * where the tag was: the same matches from a pattern that stays small.
 */
struct str replace_expand(struct arena *arena, const struct map *tags, struct str pattern,
                          bool as_calls);

#endif
