/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "rules/regex/pattern.h"

struct fixture {
	struct arena *arena;
	struct pattern_matcher *matcher;
};

static int set_up(void **state)
{
	static struct fixture fixture;

	fixture.arena = arena_new();
	fixture.matcher = pattern_matcher_new(0);
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	pattern_matcher_free(f->matcher);
	arena_free(f->arena);
	return 0;
}

static bool hits(struct fixture *f, const char *source, const char *text)
{
	struct pattern_span span;
	struct error error;
	size_t offset;
	struct pattern *pattern = pattern_compile(f->arena, str_from(source), &offset, &error);

	if (pattern == NULL)
		fail_msg("%s: %s at %zu", source, error.text, offset);
	return pattern_match(pattern, f->matcher, str_from(text), 0, &span) == PATTERN_MATCH;
}

static void test_delimiters(void **state)
{
	struct fixture *f = *state;

	assert_true(hits(f, "/a\\/b/", "xa/bx"));
	assert_true(hits(f, "m{a{2}}i", "xAAx"));
	assert_true(hits(f, "m!http://x!", "http://x"));
	assert_true(hits(f, "m(a(b)c)", "abc"));
	assert_true(hits(f, "m<a>", "a"));
	assert_true(hits(f, "m[[ab]c]", "bc"));
	assert_true(hits(f, "m,a,", "a"));
	assert_true(hits(f, "qr/a b/x", "ab"));
	assert_true(hits(f, "m'a'", "a"));
	assert_true(hits(f, "//", ""));
}

static void test_modifiers(void **state)
{
	struct fixture *f = *state;

	assert_false(hits(f, "/abc/", "ABC"));
	assert_true(hits(f, "/abc/i", "ABC"));
	assert_false(hits(f, "/a.b/", "a\nb"));
	assert_true(hits(f, "/a.b/s", "a\nb"));
	assert_false(hits(f, "/^b/", "a\nb"));
	assert_true(hits(f, "/^b$/m", "a\nb\nc"));
	assert_true(hits(f, "/a # comment\n b/x", "ab"));
	assert_true(hits(f, "/a b[ c]/xx", "abc"));
	assert_true(hits(f, "/[a b]/x", " "));
	assert_false(hits(f, "/[a b]/xx", " "));
}

static void test_bytes(void **state)
{
	struct fixture *f = *state;

	/* Text is bytes: a letter of UTF-8 is no \w, and a dot takes one byte of it. */
	assert_false(hits(f, "/^\\w+$/", "\xc3\xa9"));
	assert_true(hits(f, "/^..$/", "\xc3\xa9"));
	assert_true(hits(f, "/\\xc3[\\xa0-\\xaf]/", "\xc3\xa9"));
	assert_true(hits(f, "/caf\xc3\xa9/", "caf\xc3\xa9"));
	assert_true(hits(f, "/\\s/", "\v"));
}

/* As with Perl's /aa: bytes are characters of ISO 8859-1 to /i, but not to classes. */
static void test_case(void **state)
{
	struct fixture *f = *state;

	assert_true(hits(f, "/\\xe3\\xa7/i", "\xc3\xa7"));
	assert_true(hits(f, "/\xc3\xa7/i", "\xe3\xa7"));
	assert_false(hits(f, "/\\xe3\\xa7/", "\xc3\xa7"));
	assert_true(hits(f, "/[\xe0-\xe5]x/i", "\xc3X"));
	assert_false(hits(f, "/^[^\xe3]/i", "\xc3"));
	assert_true(hits(f, "/\xde(?i)\xc0\xde/", "\xde\xe0\xfe"));
	assert_true(hits(f, "/(\xe3)\\1/i", "\xe3\xc3"));
	/* × and ÷, ß and ÿ, µ and its capital are no pairs. */
	assert_false(hits(f, "/\xd7/i", "\xf7"));
	assert_false(hits(f, "/\xdf/i", "\xff"));
	assert_false(hits(f, "/\xb5/i", "\x95"));
	assert_true(hits(f, "/^\xd7\xf7\xdf\xff\xb5$/i", "\xd7\xf7\xdf\xff\xb5"));
	assert_false(hits(f, "/[\\w[:alpha:][:upper:]]/i", "\xc3"));
	assert_true(hits(f, "/k[[:upper:]]/i", "Kx"));
}

static void test_line_ends(void **state)
{
	struct fixture *f = *state;

	assert_true(hits(f, "/a.b/", "a\rb"));
	assert_false(hits(f, "/a.b/", "a\nb"));
	assert_true(hits(f, "/a\\Nb/s", "a\rb"));
	assert_false(hits(f, "/^b/m", "a\rb"));
	assert_true(hits(f, "/^a\\Rb\\R$/", "a\r\nb\x85"));
	assert_true(hits(f, "/a # x\ry\nb/x", "ab"));
}

static void test_perl(void **state)
{
	struct fixture *f = *state;

	assert_true(hits(f, "/^a{,2}$/", "aa"));
	assert_false(hits(f, "/^a{,2}$/", "aaa"));
	assert_true(hits(f, "/[{,2}]b/", ",b"));
	assert_true(hits(f, "/\\{,2}/", "{,2}"));
	assert_true(hits(f, "/^\\Q{,2}[\\Ea{,2}$/", "{,2}[aa"));
	assert_true(hits(f, "/^[\\Q]\\E]a{,2}$/", "]aa"));
	assert_true(hits(f, "/a$/", "a\n"));
	assert_false(hits(f, "/a\\z/", "a\n"));
	assert_true(hits(f, "/(?<!a|bc)d/", "bd"));
	assert_true(hits(f, "/(?i:a)b++(?>c)\\K/", "Abc"));
	assert_true(hits(f, "/^(a)(?1)\\1$/", "aaa"));
}

static void check_error(struct fixture *f, const char *source, size_t offset, const char *what)
{
	struct error error = { "" };
	size_t at = 9999;

	assert_null(pattern_compile(f->arena, str_from(source), &at, &error));
	assert_int_equal(at, offset);
	if (strstr(error.text, what) == NULL)
		fail_msg("%s: \"%s\" does not tell of \"%s\"", source, error.text, what);
}

static void test_errors(void **state)
{
	struct fixture *f = *state;

	check_error(f, "abc", 0, "delimiters");
	check_error(f, "", 0, "delimiters");
	check_error(f, "/abc", 4, "closing");
	check_error(f, "m", 0, "delimiters");
	check_error(f, "/a/b/", 2, "delimiter");
	check_error(f, "/a(b/", 4, "parenthesis");
	check_error(f, "m{a)}", 3, "parenthesis");
	check_error(f, "/a/iq", 4, "modifier");
	check_error(f, "/a[b/", 4, "]");
	check_error(f, "/(*UTF)a/", 7, "UTF");
}

static void test_all_matches(void **state)
{
	struct fixture *f = *state;
	struct str text = STR("a1bb22");
	struct pattern_span span;
	struct error error;
	size_t offset, count = 0;
	struct pattern *pattern = pattern_compile(f->arena, STR("/\\d*/"), &offset, &error);

	/* As Perl's /g: "", "1", "", "", "22", "". */
	assert_int_equal(pattern_match(pattern, f->matcher, text, 0, &span), PATTERN_MATCH);
	assert_int_equal(span.end, 0);
	do
		count++;
	while (pattern_match_next(pattern, f->matcher, text, &span) == PATTERN_MATCH);
	assert_int_equal(count, 6);
	assert_int_equal(span.start, text.len);
}

static void test_groups(void **state)
{
	struct fixture *f = *state;
	struct str text = STR("key=value"), group;
	struct pattern_span span;
	struct error error;
	size_t offset;
	struct pattern *pattern =
		pattern_compile(f->arena, STR("/(k\\w+)=(x)?(v\\w+)/"), &offset, &error);

	assert_int_equal(pattern_match(pattern, f->matcher, text, 0, &span), PATTERN_MATCH);
	assert_true(pattern_group(f->matcher, text, 1, &group));
	assert_str(group, "key");
	assert_false(pattern_group(f->matcher, text, 2, &group));
	assert_true(pattern_group(f->matcher, text, 3, &group));
	assert_str(group, "value");
	assert_false(pattern_group(f->matcher, text, PATTERN_GROUPS, &group));
	/* Those of the match before are not those of a pattern that has none. */
	pattern = pattern_compile(f->arena, STR("/k/"), &offset, &error);
	assert_int_equal(pattern_match(pattern, f->matcher, STR("k=v"), 0, &span), PATTERN_MATCH);
	assert_false(pattern_group(f->matcher, STR("k=v"), 1, &group));
}

static void test_backtracking_is_abandoned(void **state)
{
	struct fixture *f = *state;
	struct pattern_matcher *matcher = pattern_matcher_new(10000);
	struct pattern_span span;
	struct error error;
	char text[64];
	size_t offset;
	struct pattern *pattern =
		pattern_compile(f->arena, STR("/^(?:a+)+(?:b|c)+$/"), &offset, &error);

	memset(text, 'a', sizeof(text));
	text[60] = 'b';
	text[61] = '!';
	assert_int_equal(pattern_match(pattern, matcher, (struct str){ text, 62 }, 0, &span),
	                 PATTERN_ABANDONED);
	/* The matcher works on. */
	assert_int_equal(pattern_match(pattern, matcher, STR("aab"), 0, &span), PATTERN_MATCH);
	pattern_matcher_free(matcher);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_delimiters, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_modifiers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bytes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_case, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_line_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_perl, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_errors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_all_matches, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_groups, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_backtracking_is_abandoned, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
