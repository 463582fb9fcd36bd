/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "base/deadline.h"
#include "base/strbuf.h"
#include "message/html.h"

#define MAX_BYTES ((size_t)1 << 20)

static int setup(void **state)
{
	*state = arena_new();
	return 0;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static const struct html_facts *facts_of(void **state, const char *html)
{
	struct str text;

	return html_render(*state, str_from(html), MAX_BYTES, READING_4_0_1, &text);
}

static struct str render(void **state, const char *html)
{
	struct str text;

	html_render(*state, str_from(html), MAX_BYTES, READING_4_0_1, &text);
	return text;
}

#define assert_text(html, expected) assert_str(render(state, html), expected)

static void test_white_space(void **state)
{
	assert_text("", "");
	assert_text("a \t\r\n b", "a b");
	assert_text("a&nbsp;&nbsp;b", "a b");
	assert_text("a\xC3\x82\xC2\xA0 b", "a  b");
	assert_text("a <b> b </b> c", "a  b  c");
	assert_text("a&#160;b", "a\xC2\xA0"
	                        "b");
}

static void test_breaks(void **state)
{
	assert_text("a <br> b", "a\nb");
	assert_text("a<br/><br />b", "a\n\nb");
	assert_text("a<p>b</p>c", "a\n\nb\n\nc");
	assert_text("<div>a</div>b", "\na\nb");
	assert_text("<ul><li>a<li>b</ul>", " a b");
	assert_text("<table><tr><td>a</td><td>b</td></table>", " a  b ");
	assert_text("<h1>a</h1>b", " a b");
	assert_text("a<span>b</span><o:p>c</o:p><x>d", "abcd");
}

static void test_what_is_not_text(void **state)
{
	assert_text("<title>t</title>a", "\n\nt\n\na");
	assert_text("a<script>b</script><style>c</style>d", "ad");
	assert_text("a<!-- b -->c", "ac");
	assert_text("a<style>b", "a");
	assert_text("a<textarea>b<c></textarea>", "ab<c>");
	assert_text("<img alt=x>a<b", "a");
}

static void test_entities_and_quotes(void **state)
{
	assert_text("caf&eacute; &lt;b&gt; &#8364;", "café <b> €");
	assert_text("\xE2\x80\x9Cx\xE2\x80\x9D \xE2\x80\x93", "\"x\" –");
	assert_text("&ldquo;", "“");
	assert_text("<a title=\xE2\x80\x9Dx>y\xE2\x80\x9D>z</a>", "z");
}

static void test_titles(void **state)
{
	const struct html_facts *facts;

	facts = facts_of(state, "<title>a &amp; b</title><title> c\n</title>");
	assert_int_equal(facts->titles.len, 2);
	assert_str(facts->title, "a & b");
	assert_str(facts->titles.items[1], " c\n");
	assert_str(facts_of(state, "x")->title, "");
}

static void test_links(void **state)
{
	const struct html_facts *facts;
	const struct html_link *link;

	facts = facts_of(state, "<a href=' http://x/?a=1&amp;b '>see <b>x</b> <img src=i.gif></a>"
	                        "<a name=n>none</a><form action=//h/f></form>"
	                        "<table background=b.gif><iframe src=\"i\"></iframe>");
	assert_int_equal(facts->links.len, 6);
	link = facts->links.items;
	assert_str(link->target, "http://x/?a=1&b");
	assert_str(link->text, "see x <img>\n");
	assert_str(link->element, "a");
	assert_str(link->attribute, "href");
	assert_str(link[1].element, "img");
	assert_str(link[1].target, "i.gif");
	assert_str(link[2].target, "");
	assert_str(link[2].text, "none");
	assert_str(link[3].attribute, "action");
	assert_str(link[4].attribute, "background");
	assert_str(link[5].element, "iframe");
}

static void test_links_that_are_broken(void **state)
{
	const struct html_facts *facts;

	facts = facts_of(state, "<a foo/href=http://x/>t</a><a href=\"a\xEF\xBB\xBF"
	                        "b\"></a><a href=x data-saferedirecturl=y>"
	                        "<meta http-equiv=refresh content='0; URL = z ;q'>");
	assert_int_equal(facts->links.len, 5);
	assert_str(facts->links.items[0].target, "http://x/");
	assert_str(facts->links.items[1].target, "ab");
	assert_str(facts->links.items[3].target, "y");
	assert_str(facts->links.items[4].target, "z");
	assert_str(facts->links.items[4].element, "meta");
}

static void test_base(void **state)
{
	const struct html_facts *facts;

	facts = facts_of(state, "<a href=a><base href=http://h/d/page.html><a href=b>"
	                        "<a href=../c><a href=mailto:x@y>");
	assert_str(facts->links.items[0].resolved, "a");
	assert_str(facts->links.items[1].resolved, "http://h/d/page.html");
	assert_str(facts->links.items[2].resolved, "http://h/d/b");
	assert_str(facts->links.items[3].resolved, "http://h/c");
	assert_str(facts->links.items[4].resolved, "mailto:x@y");
	facts = facts_of(state, "<base href=http://h><a href=b><base href=x><a href=c>");
	assert_str(facts->links.items[1].resolved, "http://h/b");
	assert_str(facts->links.items[3].resolved, "http://h/c");
}

static void test_long_target_is_cut(void **state)
{
	struct strbuf html;
	struct str text;
	const struct html_facts *facts;

	strbuf_init(&html, *state);
	strbuf_add(&html, STR("<a href=http://h/"));
	for (int i = 0; i < HTML_MAX_URI; i++)
		strbuf_add_char(&html, 'a');
	strbuf_add(&html, STR(">"));
	facts = html_render(*state, strbuf_str(&html), MAX_BYTES, READING_4_0_1, &text);
	assert_true(facts->has_long_uri);
	assert_int_equal(facts->links.items[0].target.len, HTML_MAX_URI);
	assert_false(facts_of(state, "<a href=x>")->has_long_uri);
}

static void test_element_counts(void **state)
{
	const struct html_facts *facts = facts_of(state, "<!doctype html><p><b>x</b></b><foo><FOO>"
	                                                 "</p></p><o:p></o:p><br/>");
	const struct html_element_count *count;

	count = html_find_element(facts, STR("foo"));
	assert_int_equal(count->opened, 2);
	assert_int_equal(count->unclosed, 2);
	assert_int_equal(html_find_element(facts, STR("b"))->closed, 2);
	assert_int_equal(html_find_element(facts, STR("b"))->unclosed, 0);
	assert_non_null(html_find_element(facts, STR("!doctype")));
	assert_null(html_find_element(facts, STR("i")));
	assert_int_equal(facts->tag_count, 12);
	assert_int_equal(facts->known_tag_count, 10);
	assert_int_equal(facts->distinct_tag_count, 5);
	assert_int_equal(facts->distinct_known_count, 4);
	assert_int_equal(facts->extra_close_count, 2);
}

static void test_unclosed(void **state)
{
	assert_true(facts_of(state, "<b>x")->has_unclosed);
	assert_false(facts_of(state, "<p>x<br><li><td>y")->has_unclosed);
}

static void test_images(void **state)
{
	const struct html_facts *facts;

	facts = facts_of(state, "<img><img width=10 height=20><img width=50% height=10%>"
	                        "<img width=x height=0>");
	assert_int_equal(facts->image_count, 4);
	assert_int_equal(facts->image_area, 200 + 400 * 60 + 200 * 200);
}

static void test_fonts(void **state)
{
	assert_false(facts_of(state, "<font face=Arial>")->has_bad_font_face);
	assert_false(facts_of(state, "<font face='\"Tahoma\", Sans-Serif;'>")->has_bad_font_face);
	assert_false(facts_of(state, "<font face='.SFUIDisplay'>")->has_bad_font_face);
	assert_false(facts_of(state, "<font face='hirakakupro-w3'>")->has_bad_font_face);
	assert_true(facts_of(state, "<font face='x1y2'>")->has_bad_font_face);
	assert_true(facts_of(state, "<font face=''>")->has_bad_font_face);
	assert_int_equal(facts_of(state, "<font size=7>")->max_font_size, 7);
}

static void test_other_facts(void **state)
{
	const struct html_facts *facts;

	facts = facts_of(state,
	                 "<!-- c --><form action=MAILTO:x></form><script>s</script><embed>"
	                 "<meta http-equiv=Content-Type content='text/html; charset=koi8-r'>");
	assert_str(facts->comments.items[0], "<!-- c -->");
	assert_int_equal(facts->comment_bytes, 10);
	assert_int_equal(facts->form_count, 1);
	assert_true(facts->has_mailto_form);
	assert_int_equal(facts->script_count, 1);
	assert_str(facts->scripts.items[0], "s");
	assert_true(facts->has_embed);
	assert_str(facts->charsets.items[0], "koi8-r");
}

static void test_hidden_text(void **state)
{
	const struct html_facts *facts;
	struct str text;

	facts = html_render(*state,
	                    STR("ab<font color=white>cd<b>ef</b></font>gh"
	                        "<p style='display:none'>ij"),
	                    MAX_BYTES, READING_4_0_1, &text);
	assert_str(text, "abcdefgh\n\nij");
	assert_str(facts->visible, "abgh\n\n");
	assert_true(facts->has_low_contrast);
	assert_false(facts->has_invalid_color);
	assert_false(facts_of(state, "<font color=white> <br></font>")->has_low_contrast);
}

static void test_broken_words(void **state)
{
	const struct html_facts *facts = facts_of(state, "Vi<b></b>agra ch<!-- x -->eap now <i>x");

	assert_int_equal(facts->obfuscated_words, 2);
	assert_int_equal(facts->broken_word_shapes,
	                 (uint64_t)1 << (7 * (2 - 1) + 4 - 1) | (uint64_t)1 << (7 * (2 - 1) + 2));
	assert_int_equal(facts_of(state, "a<br>b, <b>c</b>.")->obfuscated_words, 0);
}

static void test_character_counts(void **state)
{
	const struct html_facts *facts = facts_of(state, "<b>é €</b>\xE3\x80\x80");

	assert_int_equal(facts->source_chars, 11);
	assert_int_equal(facts->rendered_chars, 4);
	assert_int_equal(facts->nonspace_chars, 2);
	assert_false(facts->is_latin1);
	assert_true(facts_of(state, "&eacute;")->is_latin1);
	assert_false(facts_of(state, "&euro;")->is_latin1);
}

static void test_text_is_capped(void **state)
{
	struct str text;
	const struct html_facts *facts;

	facts = html_render(*state, STR("<p>hello <p>world"), 9, READING_4_0_1, &text);
	assert_str(text, "\n\nhello\n\n");
	assert_true(facts->is_truncated);
	facts = html_render(*state, STR("hello"), 5, READING_4_0_1, &text);
	assert_false(facts->is_truncated);
}

/* Whatever is repeated for a megabyte, it takes no longer than its length asks for. */
static void test_time_is_linear(void **state)
{
	static const char *const repeated[] = {
		"<",
		"<a",
		"<a ",
		"<!--",
		"<title>",
		"<style>",
		"<![CDATA",
		"</",
		"<p style='",
		"<table>",
		"&#",
		"&a",
		"<a href=",
		"<x y",
		"<div>",
		"</div>",
		"<td>",
		"<a href=x>",
		"--",
		"<! --",
		"<![INCLUDE[",
		"<font><b>",
		"]]>",
		"<script>",
		"<a>b",
		"<p>\"'",
		"<!doctype \"",
		"<a b='",
		"<textarea>",
		"-- > ",
		"<title></title><title>",
		"<div></p>",
		"<meta http-equiv=refresh content=url",
	};
	int64_t start = clock_monotonic_us();

	for (size_t i = 0; i < sizeof(repeated) / sizeof(*repeated); i++) {
		struct arena *arena = arena_new();
		struct strbuf html;
		struct str text;

		strbuf_init(&html, arena);
		while (html.len < MAX_BYTES)
			strbuf_add(&html, str_from(repeated[i]));
		html_render(arena, strbuf_str(&html), MAX_BYTES, READING_4_0_1, &text);
		arena_free(arena);
	}
	(void)state;
	assert_true(clock_monotonic_us() - start < 30 * 1000 * 1000);
}

static void test_deep_nesting(void **state)
{
	struct strbuf html;
	struct str text;

	strbuf_init(&html, *state);
	for (int i = 0; i < 100000; i++)
		strbuf_add(&html, STR("<div><font color=red>"));
	for (int i = 0; i < 100000; i++)
		strbuf_add(&html, STR("</span></div>"));
	strbuf_add(&html, STR("<p>end"));
	html_render(*state, strbuf_str(&html), MAX_BYTES, READING_4_0_1, &text);
	assert_true(str_ends_ci(text, STR("\n\nend")));
}

static void test_every_prefix(void **state)
{
	static const char html[] =
		"<!DOCTYPE html><title>t</title><base href=http://h/><![CDATA[x]]><p style='a:b'>"
		"<a href=\"http://x/?a&amp;b\">\xC3\xA9&eacute;<!-- c --></a></p><script>s</script>";
	struct str text;

	for (size_t len = 0; len < sizeof(html); len++) {
		char *copy = arena_cstr(*state, (struct str){ html, len });

		assert_non_null(html_render(*state, (struct str){ copy, len }, MAX_BYTES,
		                            READING_4_0_1, &text));
		assert_true(text.len <= len + 2);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_white_space),
		TEST(test_breaks),
		TEST(test_what_is_not_text),
		TEST(test_entities_and_quotes),
		TEST(test_titles),
		TEST(test_links),
		TEST(test_links_that_are_broken),
		TEST(test_base),
		TEST(test_long_target_is_cut),
		TEST(test_element_counts),
		TEST(test_unclosed),
		TEST(test_images),
		TEST(test_fonts),
		TEST(test_other_facts),
		TEST(test_hidden_text),
		TEST(test_broken_words),
		TEST(test_character_counts),
		TEST(test_text_is_capped),
		TEST(test_time_is_linear),
		TEST(test_deep_nesting),
		TEST(test_every_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
