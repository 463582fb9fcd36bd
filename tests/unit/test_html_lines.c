/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How SpamAssassin 4.0.3 breaks HTML into lines, and what else it reads otherwise. */
#include "tests/unit/unit.h"

#include "base/strbuf.h"
#include "message/html.h"

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static const struct html_facts *facts_of(const char *html)
{
	struct str text;

	return html_render(arena, str_from(html), 10000, READING_4_0_3, &text);
}

static void assert_lines(const char *html, const char *expected)
{
	struct str text;

	html_render(arena, str_from(html), 10000, READING_4_0_3, &text);
	assert_str(text, expected);
}

static void test_blocks(void **state)
{
	(void)state;
	assert_lines("<div>one</div><div>two</div>", "one\n\ntwo");
	assert_lines("<div><div>one</div> </div>\n<p> two", "one\n\ntwo");
	assert_lines("<tr><td>a<td>b<tr><td>c", "a b\n\nc");
	assert_lines("<ul><li>a</li><li>b</li></ul>", "a b");
	assert_lines(" a  <b> b </b> c ", "a b c");
	assert_lines("<p></p>", "");
}

static void test_line_breaks(void **state)
{
	(void)state;
	assert_lines("one<br>two<br><br>three", "one\ntwo\n\nthree");
	assert_lines("one <br> two", "one\ntwo");
	assert_lines("<p>one</p><br><p>two", "one\n\n\n\n\ntwo");
	assert_lines("one<br>", "one\n");
	assert_lines("one <p> <br> ", "one\n\n\n");
	/* the last one in front of a block's end breaks no line */
	assert_lines("<div>one<br></div>two", "one\n\ntwo");
	assert_lines("<div>one<br><br> </div>two", "one\n\n\ntwo");
	assert_lines("<div>one<br>x</div>two", "one\nx\n\ntwo");
	assert_lines("<p>x<p><br></p>y", "x\n\n\n\ny");
	assert_lines("one</br>two", "one two");
}

static void test_no_break_spaces(void **state)
{
	(void)state;
	assert_lines("a&nbsp;&nbsp; b", "a   b");
	assert_lines("<p>&nbsp;</p><p>x", "\n\nx");
	assert_lines("x<p>&nbsp;</p>y", "x\n\n\n\ny");
	assert_lines("x&nbsp;&nbsp;<br>&nbsp;y&nbsp;", "x \ny");
	assert_lines("x&nbsp;&nbsp;<br>", "x\n");
}

static void test_visible(void **state)
{
	(void)state;
	assert_str(facts_of("a<p style='display:none'>b<br>c</p><p>d")->visible, "a\n\n\n\n\nd");
	assert_str(facts_of("<p>a")->visible, "a");
	assert_true(facts_of("<font color=white>x")->has_low_contrast);
	assert_false(facts_of("<font color=white> \n<p>")->has_low_contrast);
	assert_true(facts_of("<font color=white>&nbsp;")->has_low_contrast);
	assert_true(facts_of("<font color=bad>")->has_invalid_color);
	assert_true(facts_of("<p style='font-size:30px'>")->max_font_size == 30);
}

static void test_counts(void **state)
{
	const struct html_facts *facts = facts_of("<div>a</div>  <div>&nbsp;b</div>");

	(void)state;
	/* "a", two line feeds, "b" */
	assert_int_equal(facts->rendered_chars, 4);
	assert_int_equal(facts->nonspace_chars, 2);
}

static void test_broken_words(void **state)
{
	(void)state;
	assert_int_equal(facts_of("Vi<b></b>agra")->obfuscated_words, 1);
	assert_int_equal(facts_of("a<div>b<br>c</div>d<td>e")->obfuscated_words, 0);
	assert_int_equal(facts_of("a&nbsp;<b>b</b>&nbsp;c")->obfuscated_words, 0);
	/* a slip of SpamAssassin's */
	assert_int_equal(facts_of("\xC3\xA9&nbsp;<b>b")->obfuscated_words, 1);
	assert_int_equal(facts_of("\xC3\xB6x y&nbsp;vi<b>agra")->broken_word_shapes,
	                 (uint64_t)1 << (7 * (2 - 1) + 4 - 1));
}

static const char *text_of_link(const char *html, size_t i)
{
	const struct html_facts *facts = facts_of(html);

	assert_true(i < facts->links.len);
	return arena_cstr(arena, facts->links.items[i].text);
}

static void test_anchors(void **state)
{
	const char *nested = "<a href=1>one<a href=2>two</a>three</a>four";
	struct strbuf deep;

	(void)state;
	assert_string_equal(text_of_link(nested, 0), "onetwothree");
	assert_string_equal(text_of_link(nested, 1), "two");
	assert_string_equal(text_of_link("<a href=1>x<a href=2><img></a>", 0), "x<img>\n");
	/* of more than ten */
	strbuf_init(&deep, arena);
	for (int i = 0; i < 12; i++)
		strbuf_add(&deep, STR("<a href=x>"));
	strbuf_add(&deep, STR("text"));
	strbuf_add_char(&deep, '\0');
	assert_string_equal(text_of_link(deep.data, 9), "text");
	assert_string_equal(text_of_link(deep.data, 10), "");
}

static void test_targets(void **state)
{
	const struct html_facts *facts = facts_of("<a href='https://a.test/b\n c\xC2\xA0"
	                                          "d'>"
	                                          "<a href='mailto:x y@a.test'>");

	(void)state;
	assert_str(facts->links.items[0].target, "https://a.test/bcd");
	assert_str(facts->links.items[1].target, "mailto:x y@a.test");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_blocks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_line_breaks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_break_spaces, setup, teardown),
		cmocka_unit_test_setup_teardown(test_visible, setup, teardown),
		cmocka_unit_test_setup_teardown(test_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_broken_words, setup, teardown),
		cmocka_unit_test_setup_teardown(test_anchors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_targets, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
