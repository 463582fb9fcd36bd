/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "message/html_style.h"

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

static void test_color_forms(void **state)
{
	(void)state;
	assert_int_equal(html_color(STR("red")), 0xFF0000);
	assert_int_equal(html_color(STR(" LightGoldenrodYellow ")), 0xFAFAD2);
	assert_int_equal(html_color(STR("#12aBcD")), 0x12ABCD);
	assert_int_equal(html_color(STR("#1af")), 0x11AAFF);
	assert_int_equal(html_color(STR("#f")), 0xFF0000);
	assert_int_equal(html_color(STR("#1234")), 0x112233);
	assert_int_equal(html_color(STR("#12345678")), 0x123456);
	assert_int_equal(html_color(STR("rgb(1, 2,3)")), 0x010203);
	assert_int_equal(html_color(STR("rgb(100%,0%,0%)")), 0xFF0000);
	assert_int_equal(html_color(STR("#")), HTML_COLOR_EMPTY);
}

static void test_wrong_colors(void **state)
{
	static const char *const wrong[] = { "",        "ffffff",     "nocolor",
		                             "#12x456", "rgb(",       "rgb(1)",
		                             "rgb(1,2", "rgb(a,b,c)", "rgb(1%,2,3)" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(html_color(str_from(wrong[i])), HTML_COLOR_INVALID);
}

/* Opens the elements of start tags such as "<font color=white>". */
static struct html_styles styled(struct arena *arena, const char *tags)
{
	struct html_styles styles;
	struct html_tokenizer t;
	struct html_token token;
	const struct html_element *element;

	html_styles_init(&styles, arena);
	html_tokenizer_init(&t, arena, str_from(tags));
	while (html_next_token(&t, &token)) {
		element = html_element_named(token.name);
		assert_non_null(element);
		if (token.type == HTML_TOKEN_START)
			html_styles_open(&styles, (enum html_scope)element->scope, &t);
		else
			html_styles_close(&styles, (enum html_scope)element->scope);
	}
	return styles;
}

static struct html_visibility seen(void **state, const char *tags)
{
	struct html_styles styles = styled(*state, tags);

	return html_styles_visibility(&styles);
}

static void test_low_contrast(void **state)
{
	assert_false(seen(state, "<p>").invisible);
	assert_true(seen(state, "<font color=white>").low_contrast);
	assert_true(seen(state, "<font color='#fffffa'>").low_contrast);
	assert_false(seen(state, "<font color=yellow>").low_contrast);
	assert_true(seen(state, "<p style='color:#FFF'>").invisible);
	assert_false(seen(state, "<td style='background:black'><font color=white>").invisible);
	assert_false(seen(state, "<font color=white><p style='color:black'>").invisible);
	assert_false(seen(state, "<font color=white></font>").invisible);
	/* the first of two counts */
	assert_false(seen(state, "<font color=red color=white>").invisible);
}

/* SpamAssassin 4.0.1 does not look at it. */
static void test_background_attribute(void **state)
{
	assert_true(seen(state, "<td bgcolor=black><font color=white>").low_contrast);
	assert_false(seen(state, "<td bgcolor=black>").invisible);
}

static void test_style_attribute(void **state)
{
	assert_true(seen(state, "<p style='display: none'>").invisible);
	assert_true(seen(state, "<p style='display: none'><span style='color:red'>").invisible);
	assert_true(seen(state, "<p style='x:y;visibility:hidden'>").invisible);
	assert_true(seen(state, "<p style='color: rgba(255,255,255,0.5)'>").low_contrast);
	assert_true(seen(state, "<p style='color: transparent'>").low_contrast);
	assert_true(seen(state, "<p style='color: white !important'>").low_contrast);
	assert_false(seen(state, "<p style='color: inherit'>").invisible);
	assert_true(seen(state, "<p style='color: initial'>").invalid_color);
	assert_true(seen(state, "<p style='color: ;'>").invalid_color);
	assert_false(seen(state, "<p style='color:;'>").invalid_color);
	assert_false(seen(state, "<p style='color:a\nb'>").invalid_color);
}

static void test_css_background(void **state)
{
	assert_true(seen(state, "<p style='background:url(a b) #000 x'>").low_contrast);
	assert_true(seen(state, "<p style='background:red, black'>").low_contrast);
	assert_false(seen(state, "<p style='background:black, red'>").low_contrast);
	assert_true(seen(state, "<p style='background:rgb(0, 0, 0)'>").low_contrast);
	assert_false(seen(state, "<p style='background:url(black)'>").low_contrast);
}

static void test_sizes(void **state)
{
	struct html_styles styles = styled(*state, "<font size=+2><font size=-4>");

	assert_int_equal(styles.max_size, 5);
	assert_int_equal(styles.min_size, -1);
	assert_true(html_styles_visibility(&styles).invisible);
	styles = styled(*state, "<basefont size=6><font size=+1>");
	assert_int_equal(styles.max_size, 7);
	styles = styled(*state, "<font size=99999999999999999999>");
	assert_int_equal(styles.max_size, 10000);
	styles = styled(*state, "<small><small><small>");
	assert_int_equal(styles.min_size, 3);
	styles = styled(*state, "<small><small><small><font face=x>");
	assert_int_equal(styles.min_size, 0);
}

static void test_nesting(void **state)
{
	/* closing an outer element closes what is open in it */
	assert_false(seen(state, "<div><font color=white></div>").invisible);
	/* an end tag of nothing closes nothing */
	assert_true(seen(state, "<font color=white></div>").invisible);
	/* a cell ends the cell before it, but only directly */
	assert_false(seen(state, "<table><td><font color=white><td>").invisible);
	assert_true(seen(state, "<td><p style='color:white'><td>").invisible);
	assert_false(seen(state, "<tr><td><font color=white><tr>").invisible);
	/* text after the body is shown in its colours */
	assert_true(seen(state, "<body text=white></body>").invisible);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_color_forms),
		cmocka_unit_test(test_wrong_colors),
		cmocka_unit_test_setup_teardown(test_low_contrast, setup, teardown),
		cmocka_unit_test_setup_teardown(test_background_attribute, setup, teardown),
		cmocka_unit_test_setup_teardown(test_style_attribute, setup, teardown),
		cmocka_unit_test_setup_teardown(test_css_background, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sizes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nesting, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
