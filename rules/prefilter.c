/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/prefilter.h"

#include <hs.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "rules/literal.h"

/*
 * Why literals, and not the patterns themselves: Hyperscan takes most patterns as they are, but
 * with their bounded repeats and leading classes all body patterns of a large rule set scan at some
 * 20 MB/s and take seconds to compile, and some don't compile at all. The literals that a match
 * must hold (literal.h) scan at GB/s, compile in a moment, and leave a handful of candidates, which
 * PCRE2 decides: one semantics, Perl's. Literals are looked for in any ASCII case, which lets a
 * few more candidates pass than a case-sensitive pattern needs, and one database do for all.
 */

struct literal {
	struct str text;
	unsigned number;
};

struct prefilter {
	struct arena *arena;
	vec_of(struct literal) literals;
	vec_of(bool) filtered; /* by number */
	size_t filtered_count;
	hs_database_t *database; /* NULL: nothing is filtered */
};

struct prefilter_scratch {
	hs_scratch_t *hs;
	uint64_t *bits; /* candidates, by number */
	size_t words;
	bool all; /* a scan failed: every number may hit */
};

struct prefilter *prefilter_new(struct arena *arena)
{
	struct prefilter *prefilter = arena_new_object(arena, struct prefilter);

	prefilter->arena = arena;
	return prefilter;
}

void prefilter_add(struct prefilter *prefilter, size_t number, const struct pattern *pattern)
{
	const struct str_list *required = pattern != NULL ? pattern_required(pattern) : NULL;

	while (prefilter->filtered.len <= number)
		vec_push(prefilter->arena, &prefilter->filtered, false);
	if (required == NULL)
		return;
	prefilter->filtered.items[number] = true;
	prefilter->filtered_count++;
	for (size_t i = 0; i < required->len; i++) {
		struct literal literal = { required->items[i], (unsigned)number };

		vec_push(prefilter->arena, &prefilter->literals, literal);
	}
}

static void release_database(void *database)
{
	hs_free_database(database);
}

void prefilter_compile(struct prefilter *prefilter)
{
	size_t count = prefilter->literals.len;
	struct arena *work = arena_new();
	const char **texts = arena_alloc(work, count * sizeof(*texts));
	size_t *lens = arena_alloc(work, count * sizeof(*lens));
	unsigned *flags = arena_alloc(work, count * sizeof(*flags));
	unsigned *numbers = arena_alloc(work, count * sizeof(*numbers));
	hs_compile_error_t *error = NULL;

	for (size_t i = 0; i < count; i++) {
		texts[i] = prefilter->literals.items[i].text.data;
		lens[i] = prefilter->literals.items[i].text.len;
		flags[i] = HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH;
		numbers[i] = prefilter->literals.items[i].number;
	}
	if (count > 0 &&
	    hs_compile_lit_multi(texts, flags, numbers, lens, (unsigned)count, HS_MODE_BLOCK, NULL,
	                         &prefilter->database, &error) == HS_SUCCESS)
		arena_at_free(prefilter->arena, release_database, prefilter->database);
	else
		prefilter->database = NULL;
	hs_free_compile_error(error);
	arena_free(work);
}

size_t prefilter_filtered(const struct prefilter *prefilter)
{
	return prefilter->database != NULL ? prefilter->filtered_count : 0;
}

bool prefilter_is_filtered(const struct prefilter *prefilter, size_t number)
{
	return prefilter->database != NULL && prefilter->filtered.items[number];
}

struct prefilter_scratch *prefilter_scratch_new(void)
{
	return memory_calloc(1, sizeof(struct prefilter_scratch));
}

void prefilter_scratch_fit(struct prefilter_scratch *scratch, const struct prefilter *prefilter)
{
	size_t words = prefilter->filtered.len / 64 + 1;

	if (prefilter->database != NULL &&
	    hs_alloc_scratch(prefilter->database, &scratch->hs) != HS_SUCCESS)
		abort();
	if (words <= scratch->words)
		return;
	scratch->bits = memory_realloc(scratch->bits, words * sizeof(*scratch->bits));
	scratch->words = words;
}

void prefilter_scratch_free(struct prefilter_scratch *scratch)
{
	if (scratch == NULL)
		return;
	hs_free_scratch(scratch->hs);
	free(scratch->bits);
	free(scratch);
}

void prefilter_begin(const struct prefilter *prefilter, struct prefilter_scratch *scratch)
{
	memset(scratch->bits, 0, (prefilter->filtered.len / 64 + 1) * sizeof(*scratch->bits));
	scratch->all = prefilter->database == NULL;
}

static int note_candidate(unsigned number, unsigned long long from, unsigned long long to,
                          unsigned flags, void *context)
{
	struct prefilter_scratch *scratch = context;

	(void)from;
	(void)to;
	(void)flags;
	scratch->bits[number / 64] |= UINT64_C(1) << number % 64;
	return 0;
}

void prefilter_scan(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
                    struct str text)
{
	if (scratch->all || text.len < LITERAL_MIN_LEN)
		return;
	if (text.len > UINT32_MAX || hs_scan(prefilter->database, text.data, (unsigned)text.len, 0,
	                                     scratch->hs, note_candidate, scratch) != HS_SUCCESS)
		scratch->all = true;
}

bool prefilter_may_hit(const struct prefilter *prefilter, const struct prefilter_scratch *scratch,
                       size_t number)
{
	return scratch->all || !prefilter->filtered.items[number] ||
	       (scratch->bits[number / 64] >> number % 64 & 1) != 0;
}
