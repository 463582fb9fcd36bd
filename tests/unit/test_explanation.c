/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores explained: what a person reads of what matched, why combinations hit, what is small. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/grapheme.h"
#include "base/strbuf.h"
#include "learn/learned.h"
#include "scoring/explanation.h"
#include "scoring/matched_text.h"

#define FAMILY  "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7"
#define WAVING  "\xf0\x9f\x91\x8b\xf0\x9f\x8f\xbd"
#define HEART   "\xe2\x9d\xa4\xef\xb8\x8f"
#define GERMANY "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa"
#define FRANCE  "\xf0\x9f\x87\xab\xf0\x9f\x87\xb7"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static const char *shown(const char *matched)
{
	return arena_cstr(arena, matched_text(arena, str_from(matched)));
}

static void test_graphemes(void **state)
{
	(void)state;
	assert_int_equal(grapheme_len(STR("")), 0);
	assert_int_equal(grapheme_len(STR("ab")), 1);
	assert_int_equal(grapheme_len(STR("e\xcc\x81x")), 3);
	assert_int_equal(grapheme_len(STR(FAMILY "x")), strlen(FAMILY));
	assert_int_equal(grapheme_len(STR(WAVING WAVING)), strlen(WAVING));
	assert_int_equal(grapheme_len(STR(HEART)), strlen(HEART));
	assert_int_equal(grapheme_len(STR(GERMANY FRANCE)), strlen(GERMANY));
	/* Without end. */
	for (size_t len = 0; len < 5; len++)
		assert_true(grapheme_len(str_prefix(STR(FAMILY), len)) <= len);
}

static void test_what_matched(void **state)
{
	static const struct {
		const char *matched, *shown;
	} cases[] = {
		{ "plain words", "plain words" },
		{ " two\n\tlines\r\n", "two lines" },
		{ "bell\x07 and \x1b[31mred", "bell and [31mred" },
		{ "zero\xe2\x80\x8bwidth\xc2\xad", "zerowidth" },
		{ "a\xe2\x80\xae"
		  "b",
		  "ab" },
		{ "caf\xe9", "caf" },
		{ "=?UTF-8?Q?Gr=C3=BC=C3=9Fe?= an", "Gr\xc3\xbc\xc3\x9f"
		                                    "e an" },
		{ "=?utf-8?B?8J+OgSBHZXNjaGVuaw==?=", "\xf0\x9f\x8e\x81 Geschenk" },
		{ "<b>Free</b>&nbsp;&amp; cheap<br>", "Free & cheap" },
		{ "<a href=\"http://203.0.113.5/x?y\" class=z>", "http://203.0.113.5/x?y" },
		{ "<IMG SRC=https://example.com/a.png", "https://example.com/a.png" },
		{ "href='https://example.com/b'", "https://example.com/b" },
		{ "<font size=1>", "" },
		{ "1 < 2 and a<b", "1 < 2 and a" },
		{ "from a (b [192.0.2.1]) by c", "" },
		{ "X: y\nReceived: from a by b", "" },
		{ "from here on by bus", "from here on by bus" },
		{ "[ ip=192.0.2.1 rdns=h.example helo=pc by=",
		  "h.example [192.0.2.1], which called "
		  "itself pc" },
		{ "[ ip=192.0.2.1 rdns= helo=", "[192.0.2.1]" },
		{ "[ ip=192.0.2.1", "" },
		{ "TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "" },
		{ "https://e.example/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		  "https://e.example/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\u2026" },
		{ WAVING "hi", WAVING "hi" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(shown(cases[i].matched), cases[i].shown);
}

/* Cut between what readers see as characters. */
static void test_cut(void **state)
{
	struct strbuf buf;
	const char *text;

	(void)state;
	strbuf_init(&buf, arena);
	for (int i = 0; i < 59; i++)
		strbuf_add(&buf, i % 10 == 9 ? STR(" ") : STR("\xc3\xa4"));
	strbuf_add(&buf, STR(FAMILY FAMILY "more"));
	text = shown(arena_cstr(arena, strbuf_str(&buf)));
	assert_non_null(strstr(text, FAMILY "…"));
	assert_null(strstr(text, FAMILY FAMILY));
	strbuf_init(&buf, arena);
	for (int i = 0; i < MATCHED_TEXT_MAX; i++)
		strbuf_add(&buf, STR("."));
	assert_int_equal(strlen(shown(arena_cstr(arena, strbuf_str(&buf)))), MATCHED_TEXT_MAX);
	/* The last one began, and has no end. */
	assert_string_equal(shown("x\xf0\x9f\x91"), "x");
}

static struct rule_hit hit(const char *name, int32_t score, const char *description)
{
	return (struct rule_hit){ .name = str_from(name),
		                  .score = score,
		                  .description = str_from(description) };
}

static const char *lines_of(const struct explanation *explanation)
{
	struct str_list lines = { 0 };
	struct strbuf buf;

	explanation_lines(arena, explanation, 5300, 5000, &lines);
	strbuf_init(&buf, arena);
	for (size_t i = 0; i < lines.len; i++)
		strbuf_printf(&buf, "%.*s\n", STR_FMT(lines.items[i]));
	return arena_cstr(arena, strbuf_str(&buf));
}

static void test_order_and_small(void **state)
{
	struct rule_hit items[] = {
		hit("TINY", 100, "x"),      hit("GOOD", -500, "speaks for it"),
		hit("BIG", 2500, "is big"), hit("LESS", -199, "y"),
		hit("EDGE", 200, ""),       hit("ZERO", 0, ""),
	};
	struct hits hits = { .items = items, .len = 6 };
	struct rule_cause causes[] = {
		{ .name = STR("A"), .description = STR("One thing") },
		{ .name = STR("__B"), .matched = STR("an\nother") },
		{ .name = STR("__C") },
	};
	struct explanation explanation;

	(void)state;
	items[2].causes = (struct rule_cause_list){ .items = causes, .len = 3 };
	items[1].matched = STR("<b>sale</b>");
	explanation = explanation_of(arena, &hits, NULL);
	assert_int_equal(explanation.hits.len, 6);
	assert_int_equal(explanation.small, 3);
	assert_string_equal(lines_of(&explanation),
	                    "5.3 points; spam is what has more than 5.\n"
	                    "* 2.5 BIG: is big\n"
	                    "because: One thing; \"an other\"; C\n"
	                    "* 0.2 EDGE\n"
	                    "* -0.5 GOOD: speaks for it: \"sale\"\n"
	                    "* -0.099 in small ones: TINY 0.1, ZERO 0, LESS -0.199\n");
}

/* What was learned says why, in words, whatever the message holds. */
static void test_learned(void **state)
{
	struct learned_reason reasons[] = {
		{ FEATURES_WORDS, STR("pills"), 0.9 },
		{ FEATURES_SENDER, STR("From: example.org"), -0.5 },
		{ FEATURES_WORDS, STR("che\nap\x1b[2J"), 0.3 },
		{ FEATURES_SHAPE, STR("low contrast"), 0.1 },
	};
	struct learned learned = { .probability = 0.998, .ham = 812, .spam = 640 };
	struct hits hits = { .learned = &learned };
	struct explanation explanation;

	(void)state;
	learned.reasons = (struct learned_reason_list){ .items = reasons, .len = 4 };
	explanation = explanation_of(arena, &hits, NULL);
	assert_string_equal(
		lines_of(&explanation),
		"5.3 points; spam is what has more than 5.\n"
		"By what was learned (812 ham, 640 spam) it is spam with a probability of 0.998.\n"
		"For spam: words such as \"pills\", \"che?ap?[2J\"; of its form \"low contrast\"\n"
		"Against it: of the sender \"From: example.org\"\n");
	learned = (struct learned){ .probability = 0.5 };
	explanation = explanation_of(arena, &hits, NULL);
	assert_string_equal(lines_of(&explanation), "5.3 points; spam is what has more than 5.\n");
}

/* A field has an end. */
static void test_many(void **state)
{
	struct hits hits = { 0 };
	struct explanation explanation;

	(void)state;
	for (int i = 0; i < 500; i++)
		vec_push(arena, &hits, hit("SOME_RULE", 1000, "says what it says"));
	explanation = explanation_of(arena, &hits, NULL);
	assert_true(strlen(lines_of(&explanation)) < 8000);
	assert_non_null(strstr(lines_of(&explanation), "* and "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_graphemes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_matched, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cut, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_order_and_small, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_learned, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("explanation", tests, NULL, NULL);
}
