/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "rules/regex/literal.h"
#include "rules/regex/pattern_tree.h"

/* `expected` are the literals separated by "|", or NULL where nothing may be required. */
static void check_flags(const char *pattern, const char *expected, struct pattern_flags flags)
{
	struct arena *arena = arena_new();
	struct pattern_node *tree = pattern_tree(arena, str_from(pattern), flags);
	struct str joined = STR("");
	struct str_list found = { 0 };

	if (tree != NULL)
		literal_required(arena, tree, &found);
	for (size_t i = 0; i < found.len; i++)
		joined = arena_printf(arena, "%.*s%s%.*s", STR_FMT(joined), i > 0 ? "|" : "",
		                      STR_FMT(found.items[i]));
	if (!str_eq(joined, str_from(expected)))
		fail_msg("/%s/ requires \"%.*s\" and not \"%s\"", pattern, STR_FMT(joined),
		         expected != NULL ? expected : "");
	arena_free(arena);
}

static void check(const char *pattern, const char *expected)
{
	check_flags(pattern, expected, (struct pattern_flags){ 0 });
}

static void test_plain(void **state)
{
	(void)state;
	check("viagra", "viagra");
	check("\\bViagra\\b", "viagra");
	check("^From: .*click here$", "click here");
	check("a\\.b\\x41\\tc", "a.ba\tc");
	check("\\Qa.b*\\Ec", "a.b*c");
	check("ab", NULL);
	check("", NULL);
}

static void test_alternatives(void **state)
{
	(void)state;
	check("viagra|cialis", "viagra|cialis");
	check("(?:buy|order) now", "buy now|order now");
	check("viagra|cialis.*x", "viagra|cialis");
	check("x.*viagra|cialis", "viagra|cialis");
	check("[abcd][abcd][abcd]xyz", "axyz|bxyz|cxyz|dxyz");
	check("viagra|x", NULL);
	check("viagra|", NULL);
	check("(?:a|b|)click", "aclick|bclick|click");
	check("gr[ae]y cat", "gray cat|grey cat");
	check("[a-z]+money", "money");
	check("[^x]money[abcdef]", "money");
	check("[[:alpha:]x]money", "money");
	check("[]x]money", "]money|xmoney");
}

static void test_repeats(void **state)
{
	(void)state;
	check("colou?r", "color|colour");
	check("ab*cde", "cde");
	check("(?:abc)*xyz", "xyz");
	check("(?:abc)+", "abc");
	check("(?:abc){2}", "abcabc");
	check("(?:abc){0,2}", NULL);
	check("(?:abc){2,}x", "abcabc");
	check("x{money", "x{money");
	check("money{0}", "mone");
	check("mone[yz]{0}", "mone");
	check("abc.{0,20}defgh", "defgh");
	check("abc??def", "abdef|abcdef");
	check("a++bcd", "bcd");
}

static void test_zero_width(void **state)
{
	(void)state;
	check("(?=money)abc", "abc");
	check("(?!money)abc", "abc");
	check("(?<!money)abc(?=def)", "abc");
	check("(?#money)abc", "abc");
	check("mon\\bey", "money");
}

static void test_groups(void **state)
{
	(void)state;
	check("(?<name>money)", "money");
	check("(?P<name>money)", "money");
	check("(?>money)", "money");
	check("(?i)Money", "money");
	check("(?i:Mo)ney", "money");
	check("(money)\\1", "money");
	check("(?|abc|defg)", "abc|defg");
	check("(?(?=m)money|cash)", "money|cash");
	check("abc(?(?=m)money)", "abcmoney|abc");
}

static void test_extended(void **state)
{
	(void)state;
	check_flags("mo ney # not this\n", "money", (struct pattern_flags){ .extended = true });
	check_flags("mo\\ ney", "mo ney", (struct pattern_flags){ .extended = true });
	check("(?x)mo ney", "money");
	check("(?x: mo ney )x y", "moneyx y");
	check("(?x)mo(?-x)n ey", "mon ey");
	check_flags("(?:mo ney (?-x:a b))", "moneya b", (struct pattern_flags){ .extended = true });
}

/* What could match without the literal, or is not understood, requires nothing. */
static void test_not_understood(void **state)
{
	(void)state;
	check("money(*ACCEPT)more", NULL);

	check("(?R)?money(?C'a')", NULL);

	check("money\\x{263a}", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),          cmocka_unit_test(test_alternatives),
		cmocka_unit_test(test_repeats),        cmocka_unit_test(test_zero_width),
		cmocka_unit_test(test_groups),         cmocka_unit_test(test_extended),
		cmocka_unit_test(test_not_understood),
	};

	return cmocka_run_group_tests_name("literal", tests, NULL, NULL);
}
