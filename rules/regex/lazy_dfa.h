/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A lazy DFA of one pattern: in one pass over a text, two nanoseconds per byte whatever the pattern
 * is, it says that the pattern can't match there. Where it doesn't say so, the pattern may match:
 * assertions and the upper bounds of repeats are left out, back references stand for anything. Any
 * number of threads use one. Its states are made while texts need them, up to a limit for each and
 * one for all; a text that needs more of them may match. Nothing can fail.
 */
#ifndef RULES_REGEX_LAZY_DFA_H
#define RULES_REGEX_LAZY_DFA_H

#include "rules/regex/pattern_tree.h"

struct lazy_dfa;

/*
 * NULL for a pattern that is too large, or matches empty text, or where all DFAs of the process
 * hold 24 MiB already. `anchored`: only where texts begin.
 */
struct lazy_dfa *lazy_dfa_new(const struct pattern_node *tree, bool anchored);
void lazy_dfa_free(struct lazy_dfa *dfa);

/* False: the pattern doesn't match in this text. */
bool lazy_dfa_may_match(struct lazy_dfa *dfa, struct str text);
/*
 * About how many bytes a matcher compares that tries one way through the pattern after another, at
 * each place of the text.
 */
uint64_t lazy_dfa_effort(struct lazy_dfa *dfa, struct str text);

#endif
