/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a text must hold for a pattern to match in it: a few literals, of which at least one occurs
 * (in any ASCII case) in every match. Read from the pattern's source, which is cheap and never
 * wrong in the dangerous direction: where anything is not understood, nothing is required.
 * Pure; thread-safe.
 */
#ifndef RULES_LITERAL_H
#define RULES_LITERAL_H

#include "base/vec.h"

/* Shorter literals occur everywhere. */
#define LITERAL_MIN_LEN 3
/* More alternatives than this are not worth looking for. */
#define LITERAL_MAX_COUNT 96

/*
 * The literals, in lower case and in `arena`; NULL where nothing is required. `text` is a pattern
 * in PCRE2's syntax that compiles, `extended` says that white space in it means nothing (/x).
 */
const struct str_list *literal_required(struct arena *arena, struct str text, bool extended);

#endif
