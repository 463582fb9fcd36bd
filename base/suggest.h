/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "Did you mean …": the known word that a mistyped one is nearest to. Pure; thread-safe. */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include "base/str.h"

/* The best guess so far; start with { 0 } and offer every known word. */
struct suggestion {
	const char *word; /* NULL: nothing is near enough */
	unsigned distance;
};

/* Considers one known word, which must stay valid. */
void suggest_consider(struct suggestion *best, struct str typed, const char *known);

#endif
