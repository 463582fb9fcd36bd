/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <stdio.h>

#include "base/strbuf.h"
#include "rules/regex/lazy_dfa.h"
#include "rules/regex/pattern.h"

static struct lazy_dfa *dfa_for(const char *source, bool anchored)
{
	struct arena *arena = arena_new();
	struct pattern_node *tree =
		pattern_tree(arena, str_from(source), (struct pattern_flags){ .caseless = true });
	struct lazy_dfa *dfa;

	assert_non_null(tree);
	dfa = lazy_dfa_new(tree, anchored);
	arena_free(arena);
	return dfa;
}

/* Twice, as the second pass finds all states made. */
static bool passes(struct lazy_dfa *dfa, const char *text)
{
	bool first = lazy_dfa_may_match(dfa, str_from(text));

	assert_int_equal(lazy_dfa_may_match(dfa, str_from(text)), first);
	return first;
}

/* A pattern without case, texts that pass and texts that don't. */
static const struct {
	const char *source;
	const char *passing[4];
	const char *others[4];
	bool anchored;
} cases[] = {
	{ "abc", { "abc", "xxABCx", "ababc" }, { "", "ab", "abxc" }, false },
	{ "abc", { "abc", "abcx" }, { "xabc", "ab", "" }, true },
	{ "(?:one|two|t)ree", { "onetree", "tworee", "tree" }, { "onree", "three" }, false },
	{ "(?:ab){3}c", { "abababc", "ababababc" }, { "ababc", "ababab" }, false },
	{ "x(?:ab){2,}y", { "xababy", "xabababy" }, { "xaby", "xy" }, false },
	/* The upper bounds of repeats are left out. */
	{ "xa{2,4}y", { "xaay", "xaaaaay" }, { "xay" }, false },
	{ "xa{0,4}y", { "xy", "xay", "xaaaaay" }, { "xby" }, false },
	{ "xa?y", { "xy", "xay" }, { "xaay" }, false },
	{ "xa{0}y", { "xy" }, { "xay" }, false },
	{ "x(?:a*b?)+y", { "xy", "xaaby", "xbbay" }, { "xcy" }, false },
	{ "[a-f]{40}!",
	  { "abcdefabcdefabcdefabcdefabcdefabcdefabcd!" },
	  { "abcdefabcdef!" },
	  false },
	{ "^(a|b)\\1c$", { "aac", "xbzzzc" }, { "cc", "a" }, false },
	{ "\\w+\\s\\d+", { "a 1" }, { "a b", "1a" }, false },
	{ "a.c", { "abc" }, { "a\nc" }, false },
};

static void test_texts_pass(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lazy_dfa *dfa = dfa_for(cases[i].source, cases[i].anchored);

		assert_non_null(dfa);
		for (size_t k = 0; k < 4 && cases[i].passing[k] != NULL; k++)
			if (!passes(dfa, cases[i].passing[k]))
				fail_msg("%s: %s", cases[i].source, cases[i].passing[k]);
		for (size_t k = 0; k < 4 && cases[i].others[k] != NULL; k++)
			if (passes(dfa, cases[i].others[k]))
				fail_msg("%s passes %s", cases[i].others[k], cases[i].source);
		lazy_dfa_free(dfa);
	}
}

static void test_empty_matches_have_none(void **state)
{
	(void)state;
	assert_null(dfa_for("a*", false));
	assert_null(dfa_for("\\b", false));
	assert_null(dfa_for("(?:x|)", true));
}

/* Written out less often than it says, so more texts pass, but never fewer. */
static void test_large_patterns(void **state)
{
	struct lazy_dfa *dfa = dfa_for("(?:(?:(?:abcdefgh){30}x){30}y){30}!", false);
	struct arena *arena = arena_new();
	struct strbuf text;

	(void)state;
	strbuf_init(&text, arena);
	for (int i = 0; i < 30 * 30 * 30; i++) {
		strbuf_add(&text, STR("abcdefgh"));
		if (i % 30 == 29)
			strbuf_add(&text, i % 900 == 899 ? STR("xy") : STR("x"));
	}
	assert_non_null(dfa);
	strbuf_add(&text, STR("!"));
	assert_true(lazy_dfa_may_match(dfa, strbuf_str(&text)));
	assert_false(passes(dfa, "abcdefghxabcdefghxy!"));
	lazy_dfa_free(dfa);
	arena_free(arena);
}

/* Texts that need very many states pass. */
static void test_too_many_states(void **state)
{
	struct lazy_dfa *dfa = dfa_for("[ab](?:[^x][^y][^z]){6}q", false);
	static char text[100000];
	uint32_t seed = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++) {
		seed = seed * 1664525 + 1013904223;
		text[i] = "abcd"[seed >> 30];
	}
	/* First more than are made for one text, then more than there is room for. */
	for (int i = 0; i < 100; i++)
		assert_true(lazy_dfa_may_match(dfa, (struct str){ text, sizeof(text) }));
	assert_false(passes(dfa, "cccccccccccccc"));
	lazy_dfa_free(dfa);
}

static void test_effort(void **state)
{
	struct lazy_dfa *words = dfa_for("(?:one|two|three|four|five|six|seven)ty", false);
	struct lazy_dfa *one = dfa_for("qqq", false);
	struct str text = STR("the tale of some fine sevens and of others");

	(void)state;
	assert_false(lazy_dfa_may_match(words, text));
	assert_false(lazy_dfa_may_match(one, text));
	assert_int_equal(lazy_dfa_effort(one, text), 0);
	assert_true(lazy_dfa_effort(words, text) > 3 * text.len);
	lazy_dfa_free(words);
	lazy_dfa_free(one);
}

static void *run(void *context)
{
	static const char *const others[] = { "fourfty sixti", "seven of one threet", "twone ty" };

	for (int i = 0; i < 2000; i++) {
		if (lazy_dfa_may_match(context, str_from(others[i % 3])))
			return context;
		if (!lazy_dfa_may_match(context, STR("it is seventy")))
			return context;
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct lazy_dfa *dfa = dfa_for("(?:one|two|three|four|five|six|seven)ty", false);
	pthread_t threads[4];
	void *result;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run, dfa), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &result);
		assert_null(result);
	}
	lazy_dfa_free(dfa);
}

/* Texts of a and b, each of which needs states of its own. */
static void fill_with_states(struct lazy_dfa *dfa, uint32_t *seed)
{
	char text[2000];

	for (int i = 0; i < 300; i++) {
		for (size_t k = 0; k < sizeof(text); k++) {
			*seed = *seed * 1664525 + 1013904223;
			text[k] = *seed >> 30 & 1 ? 'a' : 'b';
		}
		lazy_dfa_may_match(dfa, (struct str){ text, sizeof(text) });
	}
}

/* All DFAs together are bounded; when they are gone, there can be others. */
static void test_all_bounded(void **state)
{
	struct lazy_dfa *dfas[100] = { NULL };
	uint32_t seed = 3;
	size_t count = 0;

	(void)state;
	while (count < 100 && (dfas[count] = dfa_for("a(?:a|b){60}c", false)) != NULL)
		fill_with_states(dfas[count++], &seed);
	assert_in_range(count, 2, 99);
	assert_false(passes(dfas[0], "aabb"));
	for (size_t i = 0; i < count; i++)
		lazy_dfa_free(dfas[i]);
	dfas[0] = dfa_for("abc", false);
	assert_non_null(dfas[0]);
	assert_true(passes(dfas[0], "abc"));
	lazy_dfa_free(dfas[0]);
}

static const char *const words[] = { "alpha", "beta",  "gamma", "delta",   "epsilon", "zeta",
	                             "theta", "kappa", "sigma", "omicron", "lambda" };

/* A pattern matches the same texts whether it has been tried often or never. */
static void test_hits_stay(void **state)
{
	static const char source[] =
		"/\\b(?:(?:alpha|beta|gamma|delta|epsilon)[ ,]+){2}(?:zeta|theta|kappa)\\b/i";
	struct arena *arena = arena_new();
	struct pattern_matcher *matcher = pattern_matcher_new(0);
	struct error error;
	size_t offset, matches = 0;
	struct pattern *often = pattern_compile(arena, str_from(source), &offset, &error);
	uint32_t seed = 7;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct pattern *once = NULL;
		struct pattern_span span = { 0 }, again = { 0 };
		char text[400] = "";
		size_t len = 0;

		for (int k = 0; k < 20; k++) {
			seed = seed * 1664525 + 1013904223;
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s ",
			                        words[(seed >> 16) % 11]);
		}
		once = pattern_compile(arena, str_from(source), &offset, &error);
		assert_int_equal(pattern_match(often, matcher, str_from(text), 0, &span),
		                 pattern_match(once, matcher, str_from(text), 0, &again));
		assert_int_equal(span.start, again.start);
		assert_int_equal(span.end, again.end);
		matches += span.end > 0;
	}
	assert_in_range(matches, 100, 900);
	pattern_matcher_free(matcher);
	arena_free(arena);
}

/* A DFA on trial sees the beginning of a long text only. */
static void test_long_texts(void **state)
{
	struct arena *arena = arena_new();
	struct pattern_matcher *matcher = pattern_matcher_new(0);
	struct error error;
	size_t offset;
	struct pattern *pattern =
		pattern_compile(arena, STR("/(?:alpha|beta|gamma) zeta/"), &offset, &error);
	static char text[20000];
	struct pattern_span span;

	(void)state;
	memset(text, 'g', sizeof(text));
	memcpy(text + sizeof(text) - 10, "gamma zeta", 10);
	for (int i = 0; i < 50; i++) {
		assert_int_equal(pattern_match(pattern, matcher, (struct str){ text, sizeof(text) },
		                               0, &span),
		                 PATTERN_MATCH);
		assert_int_equal(span.start, sizeof(text) - 10);
		assert_int_equal(pattern_match(pattern, matcher,
		                               (struct str){ text, sizeof(text) - 1 }, 0, &span),
		                 PATTERN_NO_MATCH);
	}
	pattern_matcher_free(matcher);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts_pass),
		cmocka_unit_test(test_empty_matches_have_none),
		cmocka_unit_test(test_large_patterns),
		cmocka_unit_test(test_too_many_states),
		cmocka_unit_test(test_effort),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_all_bounded),
		cmocka_unit_test(test_hits_stay),
		cmocka_unit_test(test_long_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
