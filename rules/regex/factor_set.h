/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Looks for many factors in one pass over a text. Built once with a rule set and never changed;
 * any number of threads scan. Nothing can fail.
 */
#ifndef RULES_REGEX_FACTOR_SET_H
#define RULES_REGEX_FACTOR_SET_H

#include "rules/regex/factor.h"

struct factor_set;

struct factor_set *factor_set_new(struct arena *arena);
/* The factors of one pattern; each number once. */
void factor_set_add(struct factor_set *set, uint32_t number, const struct factor_list *factors);
/* Once all were added, and before the first scan. */
void factor_set_complete(struct factor_set *set);
bool factor_set_has(const struct factor_set *set, size_t number);
/* Calls note() for the number of each factor that occurs, so more than once for some. */
void factor_set_scan(const struct factor_set *set, struct str text,
                     void (*note)(void *context, uint32_t number), void *context);

#endif
