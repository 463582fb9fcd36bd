/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Looks for many outlines in one pass over a text. Built once with a rule set and never changed;
 * any number of threads scan. Nothing can fail.
 */
#ifndef RULES_REGEX_OUTLINE_SCAN_H
#define RULES_REGEX_OUTLINE_SCAN_H

#include "rules/regex/outline.h"

struct outline_set;

struct outline_set *outline_set_new(struct arena *arena);
/* The outlines of one pattern; each number once. */
void outline_set_add(struct outline_set *set, uint32_t number, const struct outline_list *outlines);
/* Once all were added, and before the first scan. */
void outline_set_complete(struct outline_set *set);
bool outline_set_has(const struct outline_set *set, size_t number);
/* Calls note() for the number of each outline that occurs, so more than once for some. */
void outline_set_scan(const struct outline_set *set, struct str text,
                      void (*note)(void *context, uint32_t number), void *context);

#endif
