/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/rules_fixture.h"

#include "base/strbuf.h"
#include "rules/regex/replace.h"

static struct map *make_tags(struct arena *arena)
{
	static const char *const tags[][3] = {
		{ "replace_tag", "A", "[a4]" },
		{ "replace_tag", "WORD", "(?:<A>b|\\w{3,9})" },
		{ "replace_tag", "LONG", "(?:one hundred|[a-z]+ dollars)" },
		{ "replace_tag", "OPEN", "one hundred|two hundred" },
		{ "replace_tag", "TWO", "one[h] hundred" },
		{ "replace_tag", "SELF", "x<SELF>" },
		{ "replace_inter", "SP", "\\s?" },
		{ "replace_pre", "P", "(?:_)?" },
		{ "replace_post", "Q", "{1,3}" },
	};
	static struct str values[sizeof(tags) / sizeof(tags[0])];
	struct map *map = map_new(arena, MAP_EXACT);

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		values[i] = str_from(tags[i][2]);
		map_set(map, replace_key(arena, str_from(tags[i][0]), str_from(tags[i][1])),
		        &values[i]);
	}
	return map;
}

static void check(struct rules_fixture *f, const char *pattern, bool as_calls, const char *expected)
{
	struct str expanded =
		replace_expand(f->arena, make_tags(f->arena), str_from(pattern), as_calls);

	assert_str(expanded, expected);
}

static void test_expand(void **state)
{
	struct rules_fixture *f = *state;

	check(f, "x", false, "x");
	check(f, "<A>x<A>", false, "[a4]x[a4]");
	check(f, "<WORD>", false, "(?:[a4]b|\\w{3,9})");
	check(f, "<NOBODY>(?<!a)b>", false, "<NOBODY>(?<!a)b>");
	check(f, "(?<=<A>)", false, "(?<=[a4])");
	check(f, "<inter SP><A><A>x<A>", false, "\\s?[a4]\\s?[a4]x[a4]");
	check(f, "<pre P><post Q><A>b<A>", false, "(?:_)?[a4]{1,3}b(?:_)?[a4]{1,3}");
	check(f, "<>", false, "<>");
	check(f, "<SELF>", false, "xxxxxx<SELF>");
}

static void test_calls(void **state)
{
	struct rules_fixture *f = *state;

	check(f, "<A>", true, "[a4]");
	check(f, "<LONG>+ or <LONG>", true,
	      "(?&t0)+ or (?&t0)(?(DEFINE)(?<t0>(?:one hundred|[a-z]+ dollars)))");
	/* Alternatives without parentheses mean something else inside a group. */
	check(f, "<OPEN>", true, "one hundred|two hundred");
	check(f, "<TWO>? <TWO>", true, "one[h] hundred? (?&t0)(?(DEFINE)(?<t0>one[h] hundred))");
	check(f, "<TWO>{2}<TWO>*<TWO>+", true, "one[h] hundred{2}one[h] hundred*one[h] hundred+");
	check(f, "<WORD>?", true, "(?&t0)?(?(DEFINE)(?<t0>(?:[a4]b|\\w{3,9})))");
}

static void test_rules(void **state)
{
	struct rules_fixture *f = *state;
	struct strbuf text;

	strbuf_init(&text, f->arena);
	strbuf_add(&text, STR("replace_tag V (?:v|\\\\/)\nreplace_tag A [a4@]\n"
	                      "replace_tag G (?:g|9)\n"
	                      "replace_rules SHORT HUGE\n"
	                      "body SHORT /\\s<V>i<A><G>r<A>\\s/i\n"
	                      "body PLAIN /<V>i<A>/\n"));
	/* So long that it is compiled with calls. */
	strbuf_printf(&text, "replace_tag BIG (?:zebra");
	for (int i = 0; i < 300; i++)
		strbuf_printf(&text, "|word%d", i);
	strbuf_add(&text, STR(")\nbody HUGE /^(?:<BIG> ){3,9}<BIG>\\s*$/i\n"));
	rules_load(f, arena_cstr(f->arena, strbuf_str(&text)));
	assert_int_equal(f->problems.len, 0);
	rules_match(f, "Subject: x\n\nBuy \\/i4gr@ now.\n\nWord1 word299 zebra word7\n");
	assert_string_equal(rules_hit_names(f), "SHORT HUGE");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rules_test(test_expand),
		rules_test(test_calls),
		rules_test(test_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
