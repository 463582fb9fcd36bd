/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A pattern taken apart, to learn what a text must hold for it to match. All that is known of a
 * pattern beyond PCRE2's own knowledge is derived from its tree: literals, factors, DFAs, and
 * whether it matches any text. The tree stands for all that the pattern can match, or more:
 * assertions are empty text, back references stand for anything. Pure; in the arena that it was
 * read into. A pattern with something that is not surely understood has no tree.
 */
#ifndef RULES_REGEX_PATTERN_TREE_H
#define RULES_REGEX_PATTERN_TREE_H

#include "rules/regex/pattern_flags.h"
#include "rules/regex/pattern_node.h"

/*
 * `text` is in PCRE2's syntax and compiles there; NULL where it isn't understood, or is nested more
 * than 120 deep.
 */
struct pattern_node *pattern_tree(struct arena *arena, struct str text, struct pattern_flags flags);

/* Does it surely match in each text, the empty one included? */
bool pattern_tree_always_matches(const struct pattern_node *tree);

#endif
