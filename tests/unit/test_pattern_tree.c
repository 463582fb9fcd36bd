/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "rules/regex/factor_set.h"
#include "rules/regex/lazy_dfa.h"
#include "rules/regex/literal.h"
#include "rules/regex/pattern.h"
#include "rules/regex/pattern_class.h"
#include "rules/regex/pattern_tables.h"

struct filters {
	struct str_list literals;
	struct str_list run_literals; /* which go with the factors */
	struct factor_list factors;
	struct lazy_dfa *dfa;
};

static struct pattern *compile(struct arena *arena, const char *source)
{
	struct error error;
	size_t offset;
	struct pattern *pattern = pattern_compile(arena, str_from(source), &offset, &error);

	if (pattern == NULL)
		fail_msg("%s: %s at %zu", source, error.text, offset);
	return pattern;
}

/* False where the pattern isn't understood. */
static bool make_filters(struct arena *arena, const struct pattern *pattern,
                         struct filters *filters_r)
{
	struct pattern_node *tree = pattern_tree_of(arena, pattern);

	*filters_r = (struct filters){ 0 };
	if (tree == NULL)
		return false;
	literal_required(arena, tree, &filters_r->literals);
	factor_of(arena, tree, &filters_r->factors, &filters_r->run_literals);
	filters_r->dfa = lazy_dfa_new(tree, pattern_is_anchored(pattern));
	return true;
}

static void note(void *found, uint32_t number)
{
	(void)number;
	*(bool *)found = true;
}

static bool passes_factors(struct arena *arena, const struct factor_list *factors, struct str text)
{
	struct factor_set *set = factor_set_new(arena);
	bool found = factors->len == 0;

	factor_set_add(set, 0, factors);
	factor_set_complete(set);
	factor_set_scan(set, text, note, &found);
	return found;
}

static bool passes_literals(const struct str_list *literals, struct str text)
{
	for (size_t i = 0; i < literals->len; i++)
		if (str_find_ci(text, literals->items[i]) >= 0)
			return true;
	return literals->len == 0;
}

/*
 * Texts that the pattern matches, so that all filters must let them pass, and texts that it doesn't
 * match, of which the DFA must see that: otherwise the pattern was read wrongly or not at all.
 */
static const struct {
	const char *source;
	const char *matching[3];
	const char *others[3];
} cases[] = {
	/* \Q, \E, comments and blanks are nothing to a quantifier */
	{ "/\\Qzebraquux\\E{2}/", { "zebraquuxx" }, { "zebraquux", "zebraquu" } },
	{ "/xyzab(?#c){2}cdefg/", { "xyzabbcdefg" }, { "xyzabcdefg" } },
	{ "/xyzkb\\E{2}cdefg/", { "xyzkbbcdefg" }, { "xyzkbcdefg" } },
	{ "/mnopq\\Qrs\\E*tuvwx/", { "mnopqrtuvwx", "mnopqrssstuvwx" }, { "mnopqtuvwx" } },
	{ "/ab\\Q\\E{2}cd/", { "abbcd" }, { "abcd" } },
	{ "/ab {2} c/x", { "abbc" }, { "ab c", "abc" } },
	{ "/ab # {3}\n{2}c/x", { "abbc" }, { "abc" } },
	{ "/ab{2}(?#c)+\\E/", { "abb" }, { "ab" } },
	{ "/ab?(?#c)?c/", { "abc", "ac" }, { "b" } },
	{ "/x\\Qa+|)[\\Ey/", { "xa+|)[y" }, { "xay", "x" } },
	{ "/x\\Q a#\\Ey z/x", { "x a#yz" }, { "xa#yz" } },
	{ "/x\\Qab\\\\Ey/", { "xab\\y" }, { "xaby" } },
	{ "/xyz\\Qab.c/", { "xyzab.c" }, { "xyzabxc" } },
	{ "/x\\Q{2}\\E/", { "x{2}" }, { "xx" } },
	{ "/x\\Q\\Ey|\\Q\\Ez/", { "xy", "z" }, { "x" } },
	{ "/ab\\Q\\Ec|d\\Q/", { "abc", "d" }, { "ab" } },
	/* braces that are text */
	{ "/x{money/", { "x{money" }, { "xmoney" } },
	{ "/x{a,2}y{}z/", { "x{a,2}y{}z" }, { "xyz" } },
	{ "/x{1,2a}/", { "x{1,2a}" }, { "x" } },
	{ "/xa{002}y/", { "xaay" }, { "xay" } },
	{ "/xa{2,}y/", { "xaaay" }, { "xay" } },
	/* flags */
	{ "/ab(?i)cd(?-i)ef/", { "abCDef" }, { "ABcdef", "abcdEF" } },
	{ "/a(?:b(?i)c|d)e/", { "abCe", "aDe" }, { "aBce", "adE" } },
	{ "/(?i:ab)cd/", { "ABcd" }, { "abCD" } },
	{ "/a(?^:b.)c/is", { "Ab-C" }, { "aB-c", "ab\nc" } },
	{ "/a(?^i:b)c/s", { "aBc" }, { "ABc" } },
	{ "/a(?-s:.)b(?s:.)c/s", { "a-b\nc" }, { "a\nb\nc" } },
	{ "/a (?-x)b c(?x) d/x", { "ab cd" }, { "abcd", "ab c d" } },
	{ "/a (?-x: b) c/x", { "a bc" }, { "abc" } },
	{ "/(?x: a b )c d/", { "abc d" }, { "abcd" } },
	{ "/(?mnJU)abc/", { "abc" }, { "ab" } },
	{ "/a(?i-x:b c)d/x", { "aB cd" }, { "abcd" } },
	/* extended patterns */
	{ "/a\\ b\\#c # d\n/x", { "a b#c" }, { "ab#c" } },
	{ "/a[ b]c/x", { "a c" }, { "ac" } },
	{ "/a[ b\t-d]c/xx", { "acc" }, { "a c", "a\tc" } },
	{ "/a[ ^b]c/xx", { "axc", "a c" }, { "abc" } },
	{ "/(?xx)a[ b] [c - e](?x)[ f]/", { "abd " }, { "a d ", "ab-f" } },
	{ "/a b # no end/x", { "ab" }, { "a b" } },
	{ "/a\v\f\rb/x", { "ab" }, { "a\vb" } },
	/* classes */
	{ "/x[]a]y/", { "x]y", "xay" }, { "xby", "xy" } },
	{ "/x[^]a]y/", { "xby" }, { "x]y", "xay" } },
	{ "/x[\\E]a]y/", { "x]y" }, { "xby" } },
	{ "/x[\\Q\\E^a]y/", { "xby" }, { "xay" } },
	{ "/x[^\\E^a]y/", { "xby" }, { "xay", "x^y" } },
	{ "/x[\\Qa-c]\\E]y/", { "x-y", "x]y", "xay" }, { "xby" } },
	{ "/x[a\\Q-\\Ec]y/", { "x-y" }, { "xby" } },
	{ "/x[a\\E-\\Ec]y/", { "xby" }, { "x-y" } },
	{ "/x[a-\\Qc\\E]y/", { "xby" }, { "x-y" } },
	{ "/x[a-c-e]y/", { "xby", "x-y", "xey" }, { "xdy" } },
	{ "/x[+--]y/", { "x,y" }, { "x.y" } },
	{ "/x[a-]y/", { "x-y", "xay" }, { "xby" } },
	{ "/x[-a]y/", { "x-y" }, { "xby" } },
	{ "/x[\\d-]y/", { "x-y", "x1y" }, { "xay" } },
	{ "/x[\\x41-\\103]y/", { "xBy" }, { "xDy", "x-y" } },
	{ "/x[\\b\\8\\cA]y/", { "x\by", "x8y", "x\x01y" }, { "xby", "xcy" } },
	{ "/x[[:digit:][:^alpha:]]y/", { "x1y", "x-y" }, { "xay" } },
	{ "/x[[:^lower:]]y/i", { "x1y" }, { "xay", "xAy" } },
	{ "/x[^[:^lower:]]y/i", { "xay", "xAy" }, { "x1y" } },
	{ "/x[[:upper:]]y/i", { "xay" }, { "x1y" } },
	{ "/x[[:ascii:]]y[[:cntrl:]]z/", { "xay\x7fz" }, { "x\x80y\x7fz", "xayaz" } },
	{ "/x[^[:ascii:]]y/", { "x\x80y" }, { "xay", "x\x7fy" } },
	{ "/x[[:cntrl:]]y\\x4by/", { "x\x1fyKy" }, { "x yKy", "x\x1fyKKy" } },
	{ "/x[[:alpha]y/", { "x:y", "x[y" }, { "xby" } },
	{ "/x[[.a]y/", { "x.y" }, { "xby" } },
	{ "/x[a[]y/", { "x[y" }, { "xby" } },
	{ "/x[^\\D]y[^\\W]z[^\\s]w/", { "x1yazqw" }, { "xayazqw", "x1y-zqw", "x1yaz w" } },
	{ "/x[\\pL]y/", { "xay" }, { "xy" } },
	{ "/x[^\\pL]y/", { "x1y" }, { "xy" } },
	{ "/x[[:<:]]y/", { NULL }, { "x" } },
	{ "/-[[:<:]]yz[[:>:]]/", { "-yz" }, { "-y" } },
	/* letters of either case */
	{ "/x\\xe3\\xa7y/i", { "x\xc3\xa7y", "X\xe3\xa7Y" }, { "x\xc3\x87y" } },
	{ "/x[\xe0-\xef]y/i", { "x\xc3y" }, { "x\xf3y" } },
	{ "/x[^\xe3]y/i", { "x\xe4y" }, { "x\xe3y", "x\xc3y" } },
	{ "/x\xd7y/i", { "x\xd7y" }, { "x\xf7y" } },
	/* escapes */
	{ "/x\\x4gy/", { "x\x04gy" }, { "xgyy" } },
	{ "/x\\x{e3}\\o{142}\\012\\0y/", { NULL }, { "xay" } },
	{ "/x\\x{0041}\\o{142}\\012y/", { "xAb\ny" }, { "xAby" } },
	{ "/x\\c?y\\c;z/", { "x\x7fy{z" }, { "x\x1fy\x1bz" } },
	{ "/x\\x414\\1017y/", { "xA4A7y" }, { "xAA7y" } },
	{ "/x\\c[\\cay\\e\\a\\f/", { "x\x1b\x01y\x1b\a\f" }, { "x[ay" } },
	{ "/x\\_\\-\\\xe3y/", { "x_-\xe3y" }, { "x-y" } },
	{ "/x\\d\\D\\w\\W\\s\\S\\h\\H\\v\\Vy/", { "x1ab-\va\xa0-\x85-y" }, { "xaab- a - -y" } },
	{ "/x\\N\\Ry/s", { "xa\r\ny", "x\r\x85y" }, { "x" } },
	{ "/x\\N{2}y/", { "xaby" }, { "xay", "x\na" } },
	{ "/x\\Xy\\p{Lu}z\\P{^L}/", { "xaySzs" }, { "xay" } },
	{ "/x\\pLy/", { "xay" }, { "xy", "xpLy" } },
	{ "/\\Ax\\bK?\\B\\K\\Z|\\Gy\\z/", { "y" }, { "K" } },
	/* groups and references */
	{ "/(?|a(b)|c(d))\\1e/", { "abbe", "cdde" }, { "ab", "ae" } },
	{ "/(?<n>a)(?'m'b)(?P<l>c)\\k<n>\\k'm'\\k{l}\\g{n}(?P=l)d/", { "abcabcacd" }, { "abd" } },
	{ "/(a)(b)\\g1\\g{2}\\g{-1}\\2c/", { "ababbbc" }, { "ab" } },
	{ "/(a)\\12b/", { "a\nb" }, { "b" } },
	{ "/a(?R)?b/", { "ab", "aabb" }, { "ba" } },
	{ "/(a|b)(?1)(?-1)c(?+1)(d)/", { "abacdd" }, { "cd" } },
	{ "/(?(DEFINE)(?<n>ab|cd))x(?&n)(?P>n)y/", { "xabcdy" }, { "xaby", "xy" } },
	{ "/x(?&n)y(?(DEFINE)(?<n>a(?&m)|b)(?<m>c|d(?&n)))/", { "xacy", "xadby" }, { "xcy" } },
	{ "/(?<n>a(?&n)?b)c/", { "aabbc" }, { "c" } },
	{ "/(?J)(?:(?<n>ab)|(?<n>cd))(?&n)e/", { "cdabe" }, { "abc" } },
	{ "/x\\g<n>(?<n>ab)\\g'1'/", { "xababab" }, { "x" } },
	{ "/(a)?(?(1)bc|de)f/", { "abcf", "def" }, { "af" } },
	{ "/(?<n>a)?x(?(<n>)bc)f/", { "axbcf", "xf" }, { "axb" } },
	{ "/(?(?=a)a[bc]|d)e/", { "abe", "de" }, { "ae" } },
	{ "/(?(?!a)[bc])e/", { "be" }, { "b" } },
	{ "/(?(VERSION>=10)ab|cd)e/", { "abe" }, { "ace" } },
	{ "/x(?=y)(?!z)(?<=x)(?<!y)y/", { "xy" }, { "x" } },
	{ "/x(?>a+)(?:b|c)++y/", { "xaabcy" }, { "xby" } },
	{ "/x(?C)a(?C12)b/", { "xab" }, { "xa" } },
	{ "/x(?:a|)y(?:|b)z(?:)w/", { "xyzw", "xaybzw" }, { "xyw" } },
	{ "/(?:zebra|z\\Wq\\Wx)w/", { "zebraw", "z-q-xw" }, { "zw" } },
	{ "/(?:z\\Wq\\Wx|zebra)w/", { "zebraw", "z-q-xw" }, { "zw" } },
	{ "/z(?:q*|x)k/", { "zk", "zqqk", "zxk" }, { "z" } },
	{ "/z(?:q|x?)k/", { "zk", "zqk" }, { "k" } },
	{ "/xa{0}(?:bc){0}y/", { "xy" }, { "xay", "xbcy" } },
	{ "/a|b|cd/", { "a", "b", "cd" }, { "c" } },
};

static void check_matching(struct arena *arena, const char *source, const struct pattern *pattern,
                           const struct filters *filters, struct str text)
{
	struct pattern_matcher *matcher = pattern_matcher_new(0);
	struct pattern_span span;

	if (pattern_match(pattern, matcher, text, 0, &span) != PATTERN_MATCH)
		fail_msg("%s doesn't match %s", source, text.data);
	if (!passes_literals(&filters->literals, text) ||
	    !passes_literals(&filters->run_literals, text))
		fail_msg("the literals of %s exclude %s", source, text.data);
	if (!passes_factors(arena, &filters->factors, text))
		fail_msg("the factors of %s exclude %s", source, text.data);
	if (filters->dfa != NULL && !lazy_dfa_may_match(filters->dfa, text))
		fail_msg("the DFA of %s excludes %s", source, text.data);
	pattern_matcher_free(matcher);
}

static void check_other(const char *source, const struct filters *filters, struct str text)
{
	if (filters->dfa == NULL || lazy_dfa_may_match(filters->dfa, text))
		fail_msg("%s isn't seen to not match %s", source, text.data);
}

static void test_filters(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *arena = arena_new();
		const struct pattern *pattern = compile(arena, cases[i].source);
		struct filters filters;

		if (!make_filters(arena, pattern, &filters))
			fail_msg("%s isn't understood", cases[i].source);
		for (size_t k = 0; k < 3 && cases[i].matching[k] != NULL; k++)
			check_matching(arena, cases[i].source, pattern, &filters,
			               str_from(cases[i].matching[k]));
		for (size_t k = 0; k < 3 && cases[i].others[k] != NULL; k++)
			check_other(cases[i].source, &filters, str_from(cases[i].others[k]));
		lazy_dfa_free(filters.dfa);
		arena_free(arena);
	}
}

/* What ends matches early, is read otherwise by some versions of PCRE2, or isn't worth it. */
static void test_not_understood(void **state)
{
	static const char *const sources[] = {
		"/money(*ACCEPT)more/",
		"/a(*SKIP)b/",
		"/(*pla:a)money/",
		"/(*MARK:x)a/",
		"/a{ 2}b/",
		"/a{1 ,2}b/",
		"/a\205b/x",
		"/(?C'a')b/",
		"/(?*a)ab/",
		"/(?<*a)b/",
		"/(?(?C1)(?=a)b)/",
		"/(?(*pla:a)b)/",
		"/(?<DEFINE>a)(?(DEFINE)b)/",
	};
	struct arena *arena = arena_new();
	struct filters filters;

	(void)state;
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (make_filters(arena, compile(arena, sources[i]), &filters))
			fail_msg("%s is understood", sources[i]);
	arena_free(arena);
}

static void test_nul(void **state)
{
	static const char *const sources[] = { "/x[[:cntrl:]]y/", "/x[[:ascii:]]y/", "/x\\0y/",
		                               "/x\\xy/", "/x[\\0]y/" };
	struct arena *arena = arena_new();
	struct filters filters;

	(void)state;
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		const struct pattern *pattern = compile(arena, sources[i]);

		assert_true(make_filters(arena, pattern, &filters));
		check_matching(arena, sources[i], pattern, &filters, STR("x\0y"));
		check_other(sources[i], &filters, STR("xy"));
		lazy_dfa_free(filters.dfa);
	}
	arena_free(arena);
}

/* What PCRE2 would be told is what trees are made with. */
static void test_case_of_bytes(void **state)
{
	const unsigned char *tables = pattern_tables();

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		unsigned char other = pattern_other_case((unsigned char)c);
		struct byte_set set = { 0 }, expected = { 0 };

		byte_set_add(&set, (unsigned char)c);
		byte_set_add(&expected, (unsigned char)c);
		byte_set_add(&expected, other);
		pattern_class_fold(&set);
		assert_memory_equal(&set, &expected, sizeof(set));
		assert_int_equal(pattern_other_case(other), c);
		assert_int_equal(tables[256 + c], other);
		assert_int_equal(tables[c], c < other ? other : c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_not_understood),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_case_of_bytes),
	};

	return cmocka_run_group_tests_name("pattern_tree", tests, NULL, NULL);
}
