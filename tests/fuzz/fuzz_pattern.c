/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whatever a filter excludes must not match. The bytes choose the pieces of a pattern, and with
 * them a text that the pattern is likely to match; PCRE2 says whether it does. If so, the literals,
 * the factors and the DFA that were read from the pattern must let the text pass.
 */
#include <stdio.h>
#include <stdlib.h>

#include "rules/regex/factor_set.h"
#include "rules/regex/lazy_dfa.h"
#include "rules/regex/literal.h"
#include "rules/regex/pattern.h"
#include "rules/regex/pattern_source.h"
#include "tests/fuzz/pattern_maker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All that is derived from one pattern. */
struct filters {
	struct str_list literals;
	struct factor_list factors;
	struct lazy_dfa *dfa;
	bool always;
};

static void note(void *found, uint32_t number)
{
	(void)number;
	*(bool *)found = true;
}

static bool has_factor(struct arena *arena, const struct factor_list *factors, struct str text)
{
	struct factor_set *set = factor_set_new(arena);
	bool found = factors->len == 0;

	factor_set_add(set, 0, factors);
	factor_set_complete(set);
	factor_set_scan(set, text, note, &found);
	return found;
}

static bool has_literal(const struct str_list *literals, struct str text)
{
	for (size_t i = 0; i < literals->len; i++)
		if (str_find_ci(text, literals->items[i]) >= 0)
			return true;
	return literals->len == 0;
}

static void must(bool holds, const char *what, struct str pattern, struct str modifiers,
                 struct str text)
{
	if (holds)
		return;
	fprintf(stderr, "%s: /%.*s/%.*s and \"%.*s\"\n", what, STR_FMT(pattern), STR_FMT(modifiers),
	        STR_FMT(text));
	abort();
}

static void check(struct arena *arena, const struct pattern *pattern,
                  const struct pattern_source *source, const struct filters *filters,
                  struct str text)
{
	struct pattern_matcher *matcher = pattern_matcher_new(5000);
	struct pattern_span span;
	enum pattern_result result = pattern_match(pattern, matcher, text, 0, &span);

	if (result == PATTERN_NO_MATCH)
		must(!filters->always, "is said to match always", source->body, source->modifiers,
		     text);
	if (result == PATTERN_MATCH) {
		must(has_literal(&filters->literals, text), "no literal", source->body,
		     source->modifiers, text);
		must(has_factor(arena, &filters->factors, text), "no factor", source->body,
		     source->modifiers, text);
		must(filters->dfa == NULL || lazy_dfa_may_match(filters->dfa, text),
		     "the DFA excludes it", source->body, source->modifiers, text);
	}
	pattern_matcher_free(matcher);
}

static void check_texts(struct pattern_maker *m, const struct pattern *pattern,
                        const struct pattern_source *source)
{
	struct arena *arena = m->pattern.arena;
	struct pattern_node *tree = pattern_tree_of(arena, pattern);
	struct str sample = strbuf_str(&m->sample);
	struct filters filters = { .always = pattern_always_matches(pattern) };
	struct str_list literals;

	if (tree == NULL)
		return;
	literal_required(arena, tree, &filters.literals);
	factor_of(arena, tree, &filters.factors, &literals);
	filters.dfa = lazy_dfa_new(tree, pattern_is_anchored(pattern));
	check(arena, pattern, source, &filters, sample);
	check(arena, pattern, source, &filters, STR(""));
	check(arena, pattern, source, &filters, STR("b\nzebra quuxab"));
	check(arena, pattern, source, &filters, m->bytes);
	check(arena, pattern, source, &filters,
	      arena_printf(arena, "Zx\n%.*s%.*s \n", STR_FMT(sample), STR_FMT(sample)));
	/* The literals of a run are other ones than those of pieces. */
	filters.literals = literals;
	check(arena, pattern, source, &filters, sample);
	lazy_dfa_free(filters.dfa);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const modifiers[] = { "", "i", "s", "x", "xx", "ix", "m", "nis" };
	struct arena *arena = arena_new();
	struct pattern_maker maker, *m = &maker;
	struct pattern_source source = { 0 };
	const struct pattern *pattern;
	struct error error;
	size_t offset;

	pattern_maker_init(m, arena, (struct str){ (const char *)data, size });
	source.modifiers = str_from(
		modifiers[pattern_maker_next(m) % (sizeof(modifiers) / sizeof(modifiers[0]))]);
	pattern_maker_make(m);
	source.body = strbuf_str(&m->pattern);
	pattern = pattern_compile_once(arena, &source, &offset, &error);
	if (pattern != NULL)
		check_texts(m, pattern, &source);
	arena_free(arena);
	return 0;
}
