/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Without Hyperscan no literals are looked for; the hits are the same, at more cost. */
#include "rules/regex/prefilter.h"

const bool prefilter_has_literals = false;

struct prefilter *prefilter_new(struct arena *arena)
{
	return arena_alloc(arena, 0);
}

void prefilter_add(struct prefilter *prefilter, size_t number, const struct str_list *required)
{
	(void)prefilter;
	(void)number;
	(void)required;
}

void prefilter_compile_all(struct prefilter *const *prefilters, size_t count,
                           struct prefilter_cache *cache)
{
	(void)prefilters;
	(void)count;
	(void)cache;
}

bool prefilter_is_filtered(const struct prefilter *prefilter, size_t number)
{
	(void)prefilter;
	(void)number;
	return false;
}

struct prefilter_scratch *prefilter_scratch_new(void)
{
	return NULL;
}

void prefilter_scratch_fit(struct prefilter_scratch *scratch, const struct prefilter *prefilter)
{
	(void)scratch;
	(void)prefilter;
}

void prefilter_scratch_free(struct prefilter_scratch *scratch)
{
	(void)scratch;
}

const uint32_t *prefilter_scan(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
                               struct str text, size_t *count_r)
{
	(void)prefilter;
	(void)scratch;
	(void)text;
	*count_r = 0;
	return NULL;
}
