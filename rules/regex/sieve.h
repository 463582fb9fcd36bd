/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A sieve of one pattern: an automaton that sees in one pass over a text, two nanoseconds a byte
 * whatever the pattern is, that the pattern can't match there. What passes may match: assertions
 * and the upper bounds of repeats are left out, back references stand for anything. Any number of
 * threads use one. Its states are made while texts need them, up to a limit for one and one for
 * all; then texts that need more of them pass. Nothing can fail.
 */
#ifndef RULES_REGEX_SIEVE_H
#define RULES_REGEX_SIEVE_H

#include "rules/regex/pattern_tree.h"

struct sieve;

/*
 * NULL for a pattern that is too large, or matches empty text, or where all sieves of the process
 * hold 24 MiB already. `anchored`: only where texts begin.
 */
struct sieve *sieve_new(const struct node *tree, bool anchored);
void sieve_free(struct sieve *sieve);

/* False: the pattern doesn't match in this text. */
bool sieve_passes(struct sieve *sieve, struct str text);
/*
 * About how many bytes a matcher compares that tries one way through the pattern after another, at
 * each place of the text.
 */
uint64_t sieve_effort(struct sieve *sieve, struct str text);

#endif
