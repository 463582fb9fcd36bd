/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "base/strbuf.h"
#include "message/html_tokenizer.h"

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

/* "S:name(a=b,c=d)", "E:name", "T:text", "V:verbatim", "C:comment", "D:declaration" */
static void add_token(struct strbuf *out, const struct html_tokenizer *t,
                      const struct html_token *token)
{
	const struct html_attribute *attribute;

	switch (token->type) {
	case HTML_TOKEN_TEXT:
		strbuf_printf(out, "%c:%.*s", token->verbatim ? 'V' : 'T', STR_FMT(token->text));
		break;
	case HTML_TOKEN_START:
		strbuf_printf(out, "S:%.*s", STR_FMT(token->name));
		vec_foreach (&t->attributes, attribute)
			strbuf_printf(out, "(%.*s=%.*s)", STR_FMT(attribute->name),
			              STR_FMT(attribute->value));
		break;
	case HTML_TOKEN_END:
		strbuf_printf(out, "E:%.*s", STR_FMT(token->name));
		break;
	case HTML_TOKEN_COMMENT:
		strbuf_printf(out, "C:%.*s", STR_FMT(token->text));
		break;
	case HTML_TOKEN_DECLARATION:
		strbuf_printf(out, "D:%.*s", STR_FMT(token->text));
		break;
	}
	strbuf_add_char(out, '|');
}

static struct str tokens(struct arena *arena, const char *html)
{
	struct html_tokenizer t;
	struct html_token token;
	struct strbuf out;

	strbuf_init(&out, arena);
	html_tokenizer_init(&t, arena, str_from(html));
	while (html_next_token(&t, &token))
		add_token(&out, &t, &token);
	return strbuf_str(&out);
}

#define assert_tokens(html, expected) assert_str(tokens(*state, html), expected)

static void test_tags(void **state)
{
	assert_tokens("<p>a</p>", "S:p|T:a|E:p|");
	assert_tokens("<P Class=x>a</P >", "S:P(Class=x)|T:a|E:P|");
	assert_tokens("<_a>", "S:_a|");
	assert_tokens("<:a>", "S::a|");
	assert_tokens("<br/>x", "S:br|T:x|");
	assert_tokens("<br />x", "S:br|T:x|");
	assert_tokens("<b:r/>x", "S:b:r/|T:x|");
	assert_tokens("<img src=x />", "S:img(src=x)(/=/)|");
	assert_tokens("</a foo=\"x>y\">z", "E:a|T:z|");
	assert_tokens("</a x\"y>z\">w", "E:a|T:z\">w|");
}

static void test_attributes(void **state)
{
	assert_tokens("<a href=\"x>y\" b='\"' c=d e>", "S:a(href=x>y)(b=\")(c=d)(e=e)|");
	assert_tokens("<a href = x>", "S:a(href=x)|");
	assert_tokens("<a href= >", "S:a(href=)|");
	assert_tokens("<a href=\"x\"y=\"z\">", "S:a(href=x)(y=z)|");
	assert_tokens("<a\nhref\n=\n\"x\ny\"\n>", "S:a(href=x\ny)|");
	assert_tokens("<a =x>", "S:a(=x==x)|");
	assert_tokens("<a/href=x>", "S:a/href=x|");
}

static void test_attribute_lookup(void **state)
{
	struct html_tokenizer t;
	struct html_token token;

	html_tokenizer_init(&t, *state, STR("<a HREF=1 href=2>"));
	assert_true(html_next_token(&t, &token));
	assert_str(*html_attribute(&t, STR("href")), "1");
	assert_null(html_attribute(&t, STR("hre")));
}

static void test_text_that_looks_like_markup(void **state)
{
	assert_tokens("a < b", "T:a |T:<|T: b|");
	assert_tokens("1<2 and 3>2 ok", "T:1|T:<2 and 3>2|T: ok|");
	assert_tokens("<1a>x</1a>", "T:<1a>x|E:1a|");
	assert_tokens("x<", "T:x|C:<|");
	assert_tokens("x<3", "T:x|T:<3|");
}

static void test_comments(void **state)
{
	assert_tokens("<!-- a > b -->c", "C:<!-- a > b -->|T:c|");
	assert_tokens("<!-- a -- >c", "C:<!-- a -- >|T:c|");
	assert_tokens("<!-->a-->b", "C:<!-->a-->|T:b|");
	assert_tokens("<!--->a-->b", "C:<!--->a-->|T:b|");
	assert_tokens("<!>a", "C:<!>|T:a|");
	assert_tokens("<!->a", "C:<!->|T:a|");
	assert_tokens("<!foo>a", "C:<!foo>|T:a|");
	assert_tokens("</ foo>a", "C:</ foo>|T:a|");
	assert_tokens("</>a", "C:</>|T:a|");
	assert_tokens("<![if !mso]>a<![endif]>b", "C:<![if !mso]>|T:a|C:<![endif]>|T:b|");
	assert_tokens("<?xml version=1>a", "T:a|");
}

static void test_declarations(void **state)
{
	assert_tokens("<!DOCTYPE html>x", "D:<!DOCTYPE html>|T:x|");
	assert_tokens("<!doctype a \"b>c\" --d>e-- f>x", "D:<!doctype a \"b>c\" --d>e-- f>|T:x|");
	assert_tokens("<!doctype a -b>x", "C:<!doctype a -b>|T:x|");
	assert_tokens("<!doctype>x", "D:<!doctype>|T:x|");
}

static void test_literal_elements(void **state)
{
	assert_tokens("<script>a<b>\"</script>c", "S:script|V:a<b>\"|E:script|T:c|");
	assert_tokens("<STYLE>p>a{}</Style >c", "S:STYLE|V:p>a{}|E:style|T:c|");
	assert_tokens("<title>a<b></title>c", "S:title|T:a<b>|E:title|T:c|");
	assert_tokens("<textarea><p></textarea>c", "S:textarea|T:<p>|E:textarea|T:c|");
	assert_tokens("<plaintext>a</plaintext>", "S:plaintext|V:a</plaintext>|");
	assert_tokens("<script></scriptx></script>", "S:script|V:</scriptx>|E:script|");
}

static void test_unfinished_literal_elements(void **state)
{
	/* the rest of the input is the content of these … */
	assert_tokens("<style>a<b>c", "S:style|V:a<b>c|E:style|");
	assert_tokens("<script>", "S:script|E:script|");
	assert_tokens("<xmp>a<b>c", "S:xmp|V:a<b>c|");
	/* … but a title ends in front of the next tag */
	assert_tokens("<title>a<b>c", "S:title|T:a|E:title|S:b|T:c|");
	assert_tokens("<title>a", "S:title|T:a|E:title|");
	assert_tokens("<title>a<?b?>c", "S:title|T:a|E:title|T:c|");
	assert_tokens("<title>a<!-- b -->c<title>d", "S:title|T:a|C:<!-- b -->|T:c|E:title|"
	                                             "S:title|T:d|E:title|");
	/* a script after it has no content, then */
	assert_tokens("<title>a<script>b<i>c",
	              "S:title|T:a|E:title|S:script|E:script|T:b|S:i|T:c|");
}

static void test_unfinished_markup(void **state)
{
	assert_tokens("a<b c", "T:a|C:<b c|");
	assert_tokens("a<b c=\"d>e", "T:a|C:<b c=\"d>e|");
	assert_tokens("a</b", "T:a|C:</b|");
	assert_tokens("a<!-- b <i>c", "T:a|C:<!-- b <i>|T:c|");
	assert_tokens("a<!-- b", "T:a|C:<!-- b|");
	assert_tokens("a<!doctype b", "T:a|C:<!doctype b|");
	assert_tokens("a<?b", "T:a|C:<?b|");
}

static void test_marked_sections(void **state)
{
	assert_tokens("<![CDATA[a&amp;<b>]]>c", "V:a&amp;<b>|T:c|");
	assert_tokens("<![RCDATA[a<b>]]>c", "T:a<b>|T:c|");
	assert_tokens("<![IGNORE[a<b>d]]>c", "T:c|");
	assert_tokens("<![INCLUDE[a<b>d]]>c]]>", "T:a|S:b|T:d|T:c]]>|");
	assert_tokens("<![ [a]]>c", "T:a|T:c|");
	assert_tokens("<![IGNORE[ <![INCLUDE[a]]> ]]>c", "T:c|");
	assert_tokens("<![CDATA[a<b>", "V:a<b>|");
	assert_tokens("<![CDATA[<b>c", "C:<b>c|");
}

static void test_last_word_comes_alone(void **state)
{
	assert_tokens("<p>two words", "S:p|T:two|T: words|");
	assert_tokens("<p>two \n", "S:p|T:two|T: \n|");
	assert_tokens("one", "T:one|");
	assert_tokens("", "");
}

static void test_deep_sections_are_capped(void **state)
{
	struct strbuf html;

	strbuf_init(&html, *state);
	for (int i = 0; i < 2 * HTML_MAX_SECTIONS; i++)
		strbuf_add(&html, STR("<![INCLUDE["));
	strbuf_add(&html, STR("x]]>\0"));
	assert_true(str_ends_ci(tokens(*state, html.data), STR("x]]>|")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_tags, setup, teardown),
		cmocka_unit_test_setup_teardown(test_attributes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_attribute_lookup, setup, teardown),
		cmocka_unit_test_setup_teardown(test_text_that_looks_like_markup, setup, teardown),
		cmocka_unit_test_setup_teardown(test_comments, setup, teardown),
		cmocka_unit_test_setup_teardown(test_declarations, setup, teardown),
		cmocka_unit_test_setup_teardown(test_literal_elements, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unfinished_literal_elements, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unfinished_markup, setup, teardown),
		cmocka_unit_test_setup_teardown(test_marked_sections, setup, teardown),
		cmocka_unit_test_setup_teardown(test_last_word_comes_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deep_sections_are_capped, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
