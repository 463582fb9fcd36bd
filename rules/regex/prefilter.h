/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which rules of a region may hit a text: one pass for the literals that their patterns require.
 * A rule without such literals always may. Built once with a rule set and never changed; any number
 * of threads scan, each with a scratch of its own. Where it can't be built (no Hyperscan, no
 * memory), every rule may hit, and the hits are the same.
 */
#ifndef RULES_REGEX_PREFILTER_H
#define RULES_REGEX_PREFILTER_H

#include "base/vec.h"

struct prefilter;
struct prefilter_cache;
struct prefilter_scratch;

/* Is this a build with Hyperscan? */
extern const bool prefilter_has_literals;

/* Collects the patterns of one region or field: call prefilter_add() for each, numbers from 0 up.
 */
struct prefilter *prefilter_new(struct arena *arena);
/* `required`, which is copied, NULL: the number always may hit. */
void prefilter_add(struct prefilter *prefilter, size_t number, const struct str_list *required);
/* Takes what was compiled of all of a rule set from the cache, or compiles; what it needs beyond
 * the arena is freed with the arena. */
void prefilter_compile_all(struct prefilter *const *prefilters, size_t count,
                           struct prefilter_cache *cache);

/* False where the number may hit whatever the text is; scans don't report such numbers. */
bool prefilter_is_filtered(const struct prefilter *prefilter, size_t number);

/* Memory for one thread that serves all prefilters given to prefilter_scratch_fit(). */
struct prefilter_scratch *prefilter_scratch_new(void);
void prefilter_scratch_fit(struct prefilter_scratch *scratch, const struct prefilter *prefilter);
void prefilter_scratch_free(struct prefilter_scratch *scratch);

/* The numbers that may hit this text, each once; valid until the next scan. */
const uint32_t *prefilter_scan(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
                               struct str text, size_t *count_r);

#endif
