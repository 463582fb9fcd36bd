/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Without Hyperscan every rule is a candidate; the hits are the same, at more cost. */
#include "rules/prefilter.h"

struct prefilter *prefilter_new(struct arena *arena)
{
	return arena_alloc(arena, 0);
}

void prefilter_add(struct prefilter *prefilter, size_t number, const struct pattern *pattern)
{
	(void)prefilter;
	(void)number;
	(void)pattern;
}

void prefilter_compile(struct prefilter *prefilter)
{
	(void)prefilter;
}

size_t prefilter_filtered(const struct prefilter *prefilter)
{
	(void)prefilter;
	return 0;
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

void prefilter_begin(const struct prefilter *prefilter, struct prefilter_scratch *scratch)
{
	(void)prefilter;
	(void)scratch;
}

void prefilter_scan(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
                    struct str text)
{
	(void)prefilter;
	(void)scratch;
	(void)text;
}

bool prefilter_may_hit(const struct prefilter *prefilter, const struct prefilter_scratch *scratch,
                       size_t number)
{
	(void)prefilter;
	(void)scratch;
	(void)number;
	return true;
}
