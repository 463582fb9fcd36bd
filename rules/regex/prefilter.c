/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/regex/prefilter.h"

#include <hs.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "base/memory_insist.h"
#include "base/strbuf.h"
#include "rules/regex/literal.h"
#include "rules/regex/prefilter_cache.h"

/*
 * Why literals, and not the patterns themselves: Hyperscan takes most patterns as they are, but
 * with their bounded repeats and leading classes all body patterns of a large rule set scan at some
 * 20 MB/s and take seconds to compile, and some don't compile at all. The literals that a match
 * must hold (literal.h) scan at GB/s, compile in a moment, and leave a handful of candidates, which
 * PCRE2 decides: one semantics, Perl's. Literals are looked for in any ASCII case, which lets a
 * few more candidates pass than a case-sensitive pattern needs, and one database do for all.
 */

/* So many are compiled within milliseconds, and never left out. */
#define QUICK_LITERALS 100

#define LITERAL_FLAGS (HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH)

/* A literal, and the numbers that require it among others. */
struct literal {
	struct str text;
	vec_of(uint32_t) numbers;
};

struct prefilter {
	struct arena *arena;
	struct map *by_text; /* struct literal */
	vec_of(struct literal *) literals;
	vec_of(bool) filtered;   /* by number */
	hs_database_t *database; /* NULL: nothing is filtered */
};

struct prefilter_scratch {
	hs_scratch_t *hs;
	const struct prefilter *prefilter; /* whose text is scanned */
	uint64_t *seen;                    /* numbers that are in `found` */
	uint32_t *found;
	size_t found_count;
	size_t size; /* numbers that there is room for */
};

const bool prefilter_has_literals = true;

struct prefilter *prefilter_new(struct arena *arena)
{
	struct prefilter *prefilter = arena_new_object(arena, struct prefilter);

	prefilter->arena = arena;
	prefilter->by_text = map_new(arena, MAP_EXACT);
	return prefilter;
}

static struct literal *literal_of(struct prefilter *prefilter, struct str text)
{
	struct literal *literal = map_get(prefilter->by_text, text);

	if (literal != NULL)
		return literal;
	literal = arena_new_object(prefilter->arena, struct literal);
	literal->text = arena_str(prefilter->arena, text);
	map_set(prefilter->by_text, literal->text, literal);
	vec_push(prefilter->arena, &prefilter->literals, literal);
	return literal;
}

void prefilter_add(struct prefilter *prefilter, size_t number, const struct str_list *required)
{
	while (prefilter->filtered.len <= number)
		vec_push(prefilter->arena, &prefilter->filtered, false);
	if (required == NULL)
		return;
	prefilter->filtered.items[number] = true;
	for (size_t i = 0; i < required->len; i++) {
		struct literal *literal = literal_of(prefilter, required->items[i]);

		vec_push(prefilter->arena, &literal->numbers, (uint32_t)number);
	}
}

static void release_database(void *database)
{
	hs_free_database(database);
}

static hs_database_t *compile(const struct prefilter *prefilter)
{
	size_t count = prefilter->literals.len;
	struct arena *work = arena_new();
	const char **texts = arena_alloc(work, count * sizeof(*texts));
	size_t *lens = arena_alloc(work, count * sizeof(*lens));
	unsigned *flags = arena_alloc(work, count * sizeof(*flags));
	unsigned *ids = arena_alloc(work, count * sizeof(*ids));
	hs_database_t *database = NULL;
	hs_compile_error_t *error = NULL;

	for (size_t i = 0; i < count; i++) {
		texts[i] = prefilter->literals.items[i]->text.data;
		lens[i] = prefilter->literals.items[i]->text.len;
		flags[i] = LITERAL_FLAGS;
		ids[i] = (unsigned)i;
	}
	if (hs_compile_lit_multi(texts, flags, ids, lens, (unsigned)count, HS_MODE_BLOCK, NULL,
	                         &database, &error) != HS_SUCCESS)
		database = NULL;
	hs_free_compile_error(error);
	arena_free(work);
	return database;
}

/* Those that there is something to compile of. */
struct prefilter_list {
	vec_members(struct prefilter *);
};

/* Of all that compile() reads. */
static struct prefilter_cache_key key_of(struct arena *work, const struct prefilter_list *list)
{
	struct strbuf text;

	strbuf_init(&text, work);
	strbuf_printf(&text, "%d %d\n", HS_MODE_BLOCK, LITERAL_FLAGS);
	for (size_t i = 0; i < list->len; i++) {
		const struct prefilter *prefilter = list->items[i];

		strbuf_printf(&text, "%zu\n", prefilter->literals.len);
		for (size_t j = 0; j < prefilter->literals.len; j++) {
			struct str literal = prefilter->literals.items[j]->text;

			strbuf_add(&text,
			           (struct str){ (const char *)&literal.len, sizeof(literal.len) });
			strbuf_add(&text, literal);
		}
	}
	return prefilter_cache_key(strbuf_str(&text));
}

/* False where one is left out, or can't be. */
static bool compile_each(const struct prefilter_list *list, struct hs_database **databases,
                         struct prefilter_cache *cache)
{
	bool all = true;

	for (size_t i = 0; i < list->len; i++) {
		if (cache->cached_only && list->items[i]->literals.len > QUICK_LITERALS) {
			cache->left_out++;
		} else {
			databases[i] = compile(list->items[i]);
			cache->compiled++;
		}
		all = all && databases[i] != NULL;
	}
	return all;
}

static void compile_list(struct arena *work, const struct prefilter_list *list,
                         struct prefilter_cache *cache)
{
	struct hs_database **databases = arena_calloc(work, list->len, sizeof(*databases));
	struct prefilter_cache_key key = key_of(work, list);

	if (prefilter_cache_get(cache, key, databases, list->len))
		cache->loaded += list->len;
	else if (compile_each(list, databases, cache))
		prefilter_cache_put(cache, key, databases, list->len);
	for (size_t i = 0; i < list->len; i++) {
		list->items[i]->database = databases[i];
		if (databases[i] != NULL)
			arena_at_free(list->items[i]->arena, release_database, databases[i]);
	}
}

void prefilter_compile_all(struct prefilter *const *prefilters, size_t count,
                           struct prefilter_cache *cache)
{
	struct arena *work = arena_new();
	struct prefilter_list list = { 0 };

	for (size_t i = 0; i < count; i++)
		if (prefilters[i]->literals.len > 0)
			vec_push(work, &list, prefilters[i]);
	if (list.len > 0)
		compile_list(work, &list, cache);
	arena_free(work);
}

bool prefilter_is_filtered(const struct prefilter *prefilter, size_t number)
{
	return prefilter->database != NULL && prefilter->filtered.items[number];
}

struct prefilter_scratch *prefilter_scratch_new(void)
{
	return memory_calloc(1, sizeof(struct prefilter_scratch));
}

static void fit_hyperscan(const struct prefilter *prefilter, struct prefilter_scratch *scratch)
{
	hs_error_t error;

	MEMORY_WAIT_WHILE((error = hs_alloc_scratch(prefilter->database, &scratch->hs)) ==
	                  HS_NOMEM);
	if (error != HS_SUCCESS)
		abort();
}

void prefilter_scratch_fit(struct prefilter_scratch *scratch, const struct prefilter *prefilter)
{
	size_t size = prefilter->filtered.len;

	if (prefilter->database != NULL)
		fit_hyperscan(prefilter, scratch);
	if (size <= scratch->size)
		return;
	free(scratch->seen);
	scratch->seen = memory_calloc(size / 64 + 1, sizeof(*scratch->seen));
	scratch->found = memory_realloc(scratch->found, size * sizeof(*scratch->found));
	scratch->size = size;
}

void prefilter_scratch_free(struct prefilter_scratch *scratch)
{
	if (scratch == NULL)
		return;
	hs_free_scratch(scratch->hs);
	free(scratch->seen);
	free(scratch->found);
	free(scratch);
}

static void note_number(struct prefilter_scratch *scratch, uint32_t number)
{
	uint64_t bit = UINT64_C(1) << number % 64;

	if ((scratch->seen[number / 64] & bit) != 0)
		return;
	scratch->seen[number / 64] |= bit;
	scratch->found[scratch->found_count++] = number;
}

static int note_literal(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                        void *context)
{
	struct prefilter_scratch *scratch = context;
	const struct literal *literal = scratch->prefilter->literals.items[id];

	(void)from;
	(void)to;
	(void)flags;
	for (size_t i = 0; i < literal->numbers.len; i++)
		note_number(scratch, literal->numbers.items[i]);
	return 0;
}

/* Where a scan fails, all may hit. */
static void note_all(const struct prefilter *prefilter, struct prefilter_scratch *scratch)
{
	for (size_t i = 0; i < prefilter->filtered.len; i++)
		if (prefilter->filtered.items[i])
			note_number(scratch, (uint32_t)i);
}

const uint32_t *prefilter_scan(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
                               struct str text, size_t *count_r)
{
	scratch->prefilter = prefilter;
	scratch->found_count = 0;
	if (prefilter->database != NULL && text.len >= LITERAL_MIN_LEN &&
	    (text.len > UINT32_MAX || hs_scan(prefilter->database, text.data, (unsigned)text.len, 0,
	                                      scratch->hs, note_literal, scratch) != HS_SUCCESS))
		note_all(prefilter, scratch);
	for (size_t i = 0; i < scratch->found_count; i++)
		scratch->seen[scratch->found[i] / 64] = 0;
	*count_r = scratch->found_count;
	return scratch->found;
}
