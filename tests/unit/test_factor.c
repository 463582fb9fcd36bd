/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "rules/regex/factor_set.h"
#include "rules/regex/pattern.h"

static void note(void *context, uint32_t number)
{
	*(bool *)context = true;
	assert_int_equal(number, 7);
}

static bool has_factor(const struct factor_list *factors, struct str text)
{
	struct arena *arena = arena_new();
	struct factor_set *set = factor_set_new(arena);
	bool found = false;

	factor_set_add(set, 7, factors);
	factor_set_complete(set);
	assert_int_equal(factor_set_has(set, 7), factors->len > 0);
	factor_set_scan(set, text, note, &found);
	arena_free(arena);
	return found;
}

static bool has_literal(const struct str_list *literals, struct str text)
{
	for (size_t i = 0; i < literals->len; i++)
		if (str_find_ci(text, literals->items[i]) >= 0)
			return true;
	return false;
}

static struct pattern *compile(struct arena *arena, const char *source)
{
	struct error error;
	size_t offset;
	struct pattern *pattern = pattern_compile(arena, str_from(source), &offset, &error);

	if (pattern == NULL)
		fail_msg("%s: %s", source, error.text);
	return pattern;
}

/* A pattern, texts that it matches, and one that has nothing of it (NULL: not looked at). */
static const struct {
	const char *source;
	const char *matching[4];
	const char *other;
} cases[] = {
	{ "/t[_\\W]?[e3\\xe8-\\xeb][_\\W]?n[_\\W]?u[_\\W]?a[_\\W]?t[_\\W]?[e3]/i",
	  { "buy tenuate", "T_E_N-U.A.T.3", "T\xe8nuate" },
	  "ten units a day" },
	{ "/[vu]{1,2}\\W?[i1l|]{1,2}\\W?(?!agra)[a@]g(?:ra|ro)q/i",
	  { "V1@graq", "vv i @groq", "u|@graq" },
	  "village groceries" },
	{ "/\\bbuy(?: it)? n[o0]w\\b/", { "buy n0w", "x buy it now." }, "by nowt" },
	{ "/(?:one|two|three) (?:four|five) six/",
	  { "one four six", "three five six" },
	  "one six" },
	{ "/(?i)money(?-i) Back/", { "MoNeY Back" }, "money back" },
	{ "/m(?i:on)ey b[^\\x00-\\x60]ck/", { "mONey back" }, "MONEY back" },
	{ "/a b # comment\n c\\ d e f/x", { "abc def" }, "a b c d e f" },
	{ "/x(?#comment)yzw[[:digit:]]{3}q/", { "xyzw123q" }, "xyzwq" },
	{ "/\\Qa.b+c\\Ede[]x]f/", { "a.b+cde]f", "a.b+cdexf" }, "aXbbcdexf" },
	{ "/(?<n>ab|cd)ef\\k<n>ghi/", { "abefabghi", "cdefcdghi" }, "abghi" },
	{ "/q(?&word)z(?(DEFINE)(?<word>alpha|beta))/", { "qalphaz", "qbetaz" }, "qz" },
	{ "/(a|b(?R)c)zzz/", { "azzz", "bazzzczzz" }, "zz" },
	{ "/(?=foo)f(?!x)o{2,5}b{3}a*r?/", { "foobbb", "fooooobbbaar" }, "fobb" },
	{ "/(?>qu+)(?|ick|ack)\\x41\\x{42}\\103/", { "quickABC", "quuackABC" }, "quick" },
	{ "/(?:\\d{1,3}\\.){3}\\d{1,3}/", { "192.0.2.1", "1.2.3.4" }, "no address" },
	{ "/(ab)?(?(1)cde|fgh)xyz/", { "abcdexyz", "fghxyz" }, NULL },
	{ "/^\\s*[A-Z][^a-z]{9}$/m", { "x\n HELLO HERE\ny" }, NULL },
	{ "/[\\w-]+@[a-z.]+q/", { "me-x@y.zq" }, "at" },
	{ "/k{0}lmnop/", { "lmnop", "klmnop" }, "lm" },
	{ "/(?:foo|)bar(?:baz|qux|)quux/", { "foobarquux", "barbazquux", "barquxquux" }, "quux" },
	{ "/x{,3}yyyy/", { "yyyy", "xxxyyyy" }, "yy" },
	{ "/[a\\-z]bc[\\]^]d[^\\]]e/", { "-bc]dxe", "abc^dxe" }, "bbcde" },
};

static void test_matches_have_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *arena = arena_new();
		struct pattern *pattern = compile(arena, cases[i].source);
		struct pattern_matcher *matcher = pattern_matcher_new(0);
		struct pattern_needs needs;
		struct pattern_span span;

		pattern_needs(arena, pattern, &needs);
		for (size_t k = 0; cases[i].matching[k] != NULL; k++) {
			struct str text = str_from(cases[i].matching[k]);

			if (pattern_match(pattern, matcher, text, 0, &span) != PATTERN_MATCH ||
			    (needs.factors.len > 0 && !has_factor(&needs.factors, text)) ||
			    (needs.literals.len > 0 && !has_literal(&needs.literals, text)))
				fail_msg("%s isn't found in %s", cases[i].source, text.data);
		}
		if (cases[i].other != NULL && needs.literals.len == 0 && needs.factors.len == 0)
			fail_msg("nothing is known of %s", cases[i].source);
		if (cases[i].other != NULL && needs.factors.len > 0 &&
		    has_factor(&needs.factors, str_from(cases[i].other)))
			fail_msg("%s is found in %s", cases[i].source, cases[i].other);
		pattern_matcher_free(matcher);
		arena_free(arena);
	}
}

static void test_too_common(void **state)
{
	static const char *const sources[] = { "/e/", "/./", "/\\w+ \\w+/", "/a?b?c?/",
		                               "/(.)\\1/" };
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		struct pattern_needs needs;

		pattern_needs(arena, compile(arena, sources[i]), &needs);
		assert_int_equal(needs.factors.len, 0);
		assert_int_equal(needs.literals.len, 0);
	}
	arena_free(arena);
}

struct seen {
	unsigned count[200];
};

static void count(void *context, uint32_t number)
{
	struct seen *seen = context;

	seen->count[number]++;
}

/* `patterns` of four steps, each of them twice. */
static void check_many(unsigned patterns)
{
	static const char letters[] = "abcdefghik";
	struct arena *arena = arena_new();
	struct factor_set *set = factor_set_new(arena);
	char text[64];

	for (unsigned k = 0; k < 2 * patterns; k++) {
		struct pattern_needs needs;

		snprintf(text, sizeof(text), "/z[%c]\\W?[%c]\\W?q/", letters[k / 2 % 10],
		         letters[k / 2 / 10]);
		pattern_needs(arena, compile(arena, text), &needs);
		assert_true(needs.factors.len > 0);
		factor_set_add(set, k, &needs.factors);
	}
	factor_set_complete(set);
	for (unsigned k = 0; k < 200; k++) {
		struct seen seen = { { 0 } };

		snprintf(text, sizeof(text), "..z%c-%c+q", letters[k / 2 % 10],
		         letters[k / 2 / 10]);
		factor_set_scan(set, str_from(text), count, &seen);
		for (unsigned i = 0; i < 200; i++)
			assert_int_equal(seen.count[i], i / 2 == k / 2 && i < 2 * patterns ? 1 : 0);
	}
	arena_free(arena);
}

/* In one word, in half a group, in a group. */
static void test_many(void **state)
{
	(void)state;
	check_many(12);
	check_many(50);
	check_many(100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches_have_it),
		cmocka_unit_test(test_too_common),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
