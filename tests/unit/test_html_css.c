/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Colours, sizes and visibility by style sheets. */
#include "message/html_css.h"

#include <stdio.h>

#include "tests/unit/unit.h"

/* Opens and closes the elements of such as "<font color=white></font>". */
static struct html_css styled(struct arena *arena, const char *tags)
{
	struct html_css css;
	struct html_tokenizer t;
	struct html_token token;

	html_css_init(&css, arena);
	html_tokenizer_init(&t, arena, str_from(tags));
	while (html_next_token(&t, &token)) {
		if (token.type == HTML_TOKEN_START && token.element != NULL)
			html_css_open(&css, (enum html_scope)token.element->scope, &t);
		else if (token.type == HTML_TOKEN_END && token.element != NULL)
			html_css_close(&css, (enum html_scope)token.element->scope);
	}
	return css;
}

/* "least greatest", to a tenth. */
static void assert_pixels(const char *html, const char *expected)
{
	struct arena *arena = arena_new();
	struct html_css css = styled(arena, html);
	char text[64];

	snprintf(text, sizeof(text), "%.1f %.1f", css.min_size, css.max_size);
	assert_string_equal(text, expected);
	arena_free(arena);
}

/* "shown", or what hides: "low contrast", "hidden"; with "!" where a colour was none. */
static void assert_seen(const char *html, const char *expected)
{
	struct arena *arena = arena_new();
	struct html_css css = styled(arena, html);
	struct html_visibility seen = html_css_visibility(&css);
	char text[64];

	snprintf(text, sizeof(text), "%s%s",
	         seen.low_contrast ? "low contrast"
	         : seen.invisible  ? "hidden"
	                           : "shown",
	         css.invalid_color ? "!" : "");
	assert_string_equal(text, expected);
	arena_free(arena);
}

static void assert_color(const char *value, const char *expected)
{
	struct css_color color;
	char text[64] = "none";

	if (html_css_color(str_from(value), &color))
		snprintf(text, sizeof(text), "%g %g %g %g", color.red, color.green, color.blue,
		         color.alpha);
	assert_string_equal(text, expected);
}

static void test_colors(void **state)
{
	(void)state;
	assert_color("red", "255 0 0 1");
	assert_color(" LightGray ", "211 211 211 1");
	assert_color("#1aF", "17 170 255 1");
	assert_color("#12aBcd", "18 171 205 1");
	assert_color("transparent", "0 0 0 0");
	assert_color("rgb(1, 2,3)", "1 2 3 1");
	assert_color("RGBA(1 2.5 .5 / 80%)", "1 2.5 0.5 0.8");
	assert_color("rgb(100%,50%,-1,.5)", "255 128 -1 0.5");
	assert_color("rgb(none 300 0 )", "0 300 0 1");
	assert_color("hsl(0, 100%, 50%)", "255 0 0 1");
	assert_color("hsla(120deg 100% 50% / 0.5)", "0 255 0 0.5");
	assert_color("hsl(-.5turn,100%,25%)", "0 128 128 1");
	assert_color("hsl(90,100%,50%)", "255 255 0 1");
	assert_color("hwb(90, 0%, 0%)", "128 255 0 1");
	assert_color("hwb(100grad 20% 40%)", "102 153 51 1");
	assert_color("hwb(300,50%,50%)", "128 128 128 1");
}

static void test_wrong_colors(void **state)
{
	static const char *const wrong[] = {
		"",
		"ffffff",
		"nocolor",
		"lightgrey",
		"#",
		"#12",
		"#12345",
		"#12x456",
		"#1234567",
		"rgb(",
		"rgb(1)",
		"rgb(1,2)",
		"rgb( 1,2,3)",
		"rgb(1,2,3,4,5)",
		"rgb(a,b,c)",
		"rgb(1.,2,3)",
		"rgb(1px,2,3)",
		"hsl(1m,2,3)",
		"hsl(1%,2,3)",
		"rgb(1,2\n,3)",
		"hwb(1,2deg,3)",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_color(wrong[i], "none");
}

static void test_contrast(void **state)
{
	(void)state;
	assert_seen("<p>", "shown");
	assert_seen("<font color=white>", "low contrast");
	assert_seen("<font color='#f4f4f4'>", "low contrast");
	assert_seen("<font color='#efefef'>", "low contrast");
	assert_seen("<font color='#eeeeee'>", "shown");
	assert_seen("<font color=white></font>", "shown");
	assert_seen("<td bgcolor=black>", "low contrast");
	assert_seen("<td bgcolor=black><font color=white>", "shown");
	assert_seen("<body text=white bgcolor=blue>", "shown");
	assert_seen("<p style='color:white; background-color:#000'>", "shown");
	assert_seen("<font color=white style='color:black'>", "shown");
	assert_seen("<strong style='COLOR: white !important'>", "low contrast");
	assert_seen("<p style='color:white !important '>", "shown!");
	assert_seen("<p style='color:currentcolor'>", "shown");
	assert_seen("<p style='background-color:currentcolor'>", "low contrast");
	assert_seen("<p style='color:white'><b style='color:inherit'>", "low contrast");
}

/* Transparent colours are what lies below them. */
static void test_blending(void **state)
{
	(void)state;
	assert_seen("<p style='color:rgba(0,0,0,.01)'>", "low contrast");
	assert_seen("<p style='color:rgba(255,255,255,0.5)'>", "low contrast");
	assert_seen("<p style='color:rgba(0,0,0,.5)'>", "shown");
	assert_seen("<p style='color:transparent'>", "low contrast");
	assert_seen("<p style='background-color:transparent'>", "shown");
	assert_seen("<p style='background-color:rgb(0 0 0 / 99%)'>", "low contrast");
	assert_seen("<div bgcolor=x style='background:black; color:#fff'>"
	            "<p style='background:rgba(255,255,255,.1)'>",
	            "shown");
	assert_seen("<div style='background:black; color:#fff'>"
	            "<p style='background:rgba(255,255,255,.99)'>",
	            "low contrast");
}

static void test_backgrounds(void **state)
{
	(void)state;
	assert_seen("<p style='background:url(a b) #000 x'>", "low contrast");
	assert_seen("<p style='background:url(a)black'>", "low contrast");
	assert_seen("<p style='background:\"a, b\" black'>", "low contrast");
	assert_seen("<p style='background:red, black'>", "low contrast");
	assert_seen("<p style='background:black, red'>", "shown");
	assert_seen("<p style='background:black,'>", "low contrast");
	assert_seen("<p style='background:rgb(0, 0, 0)'>", "low contrast");
	assert_seen("<p style='background:url(black) (\")\"black)'>", "shown");
	assert_seen("<p style='background:nothing'>", "shown");
}

static void test_invalid_colors(void **state)
{
	(void)state;
	assert_seen("<font color=ffffff>", "shown!");
	assert_seen("<td bgcolor>", "shown!");
	assert_seen("<p style='color: initial'>", "shown!");
	assert_seen("<p style='color: ;'>", "shown!");
	assert_seen("<p style='color:;'>", "shown");
	assert_seen("<p style='color:a\nb'>", "shown");
	assert_seen("<p style='color : x'>", "shown");
	assert_seen("<h1 style='color:x'>", "shown");
}

static void test_hiding(void **state)
{
	(void)state;
	assert_seen("<p style='display: none'>", "hidden");
	assert_seen("<p style='DISPLAY:None !important'><b>", "hidden");
	assert_seen("<p style='display:none'><b style='display:inline'>", "shown");
	assert_seen("<i style='x:y;visibility:hidden'>", "hidden");
	assert_seen("<p style='font-size:7.9px'>", "hidden");
	assert_seen("<p style='font-size:8px'>", "shown");
	/* of what is hidden already, the contrast is no matter */
	assert_seen("<p style='font-size:0;color:white'>", "hidden");
	assert_seen("<p style='display:none;color:white'>", "hidden");
}

static void test_transforms(void **state)
{
	(void)state;
	assert_seen("<p style='transform: scale(0)'>", "hidden");
	assert_seen("<p style='transform: rotate(3deg) scaleX( 0.00 )'>", "hidden");
	assert_seen("<p style='transform: scaley(0%)'>", "hidden");
	assert_seen("<p style='transform: scale(0, 1)'>", "hidden");
	assert_seen("<p style='transform: scale(1,0)'>", "hidden");
	assert_seen("<p style='transform: scale(1) scale(0 1)'>", "hidden");
	assert_seen("<p style='transform: scale(0.01)'>", "shown");
	assert_seen("<p style='transform: scale(00)'>", "shown");
	assert_seen("<p style='transform: scale(1, 0.5)'>", "shown");
	assert_seen("<p style='transform: scale3d(0)'>", "shown");
	assert_seen("<p style='transform: upscale(0)'>", "shown");
	assert_seen("<p style='transform: scale(0'>", "shown");
	assert_seen("<p style='transform: scalex(1,0)'>", "shown");
}

static void test_positions(void **state)
{
	(void)state;
	assert_seen("<div style='position:absolute;left:-9999px'>", "hidden");
	assert_seen("<div style='top:-1000em; position:Fixed'>", "hidden");
	assert_seen("<div style='position:absolute'><b style='left:-5000'>", "hidden");
	assert_seen("<div style='position:absolute;left:-999px'>", "shown");
	assert_seen("<div style='position:absolute;left:9999px'>", "shown");
	assert_seen("<div style='position:absolute;right:-9999px'>", "shown");
	assert_seen("<div style='position:absolute;left:-9999vw'>", "shown");
	assert_seen("<div style='position:absolute;left:-9999.px'>", "shown");
	assert_seen("<div style='position:relative;left:-9999px'>", "shown");
	assert_seen("<div style='position:absolutely;left:-9999px'>", "shown");
	assert_seen("<div style='left:-9999px'>", "shown");
}

static void test_font_size(void **state)
{
	(void)state;
	assert_pixels("", "16.0 16.0");
	assert_pixels("<p>text<font color=red>x</font>", "16.0 16.0");
	assert_pixels("<font size=1>x<FONT SIZE=' 7x'>", "10.0 48.0");
	assert_pixels("<font size=+2>", "16.0 24.0");
	assert_pixels("<font size=-1>", "13.0 16.0");
	assert_pixels("<font size=-99><font size=007><font size=99>", "10.0 48.0");
	assert_pixels("<font size=big><font size=+><font size=>", "16.0 16.0");
	/* of a style, too, which has precedence */
	assert_pixels("<font style='font-size:30px' size=1>", "10.0 30.0");
	/* <big> alone is not looked at, but what is inside */
	assert_pixels("<big><big>x</big></big>", "16.0 16.0");
	assert_pixels("<big><big style=''>x</big></big>", "16.0 23.0");
	assert_pixels("<small><a style=x>", "13.3 16.0");
}

static void test_styles(void **state)
{
	(void)state;
	assert_pixels("<span style='color:red; font-size : 40px; font-size:20px'>", "16.0 20.0");
	assert_pixels("<span style='FONT-SIZE: 30PX !important'>", "16.0 30.0");
	assert_pixels("<p style='font-size:10pt'>", "13.3 16.0");
	assert_pixels("<p style='font-size:12'>", "12.0 16.0");
	assert_pixels("<p style='font-size:2em'><p style='font-size:50%'>", "16.0 32.0");
	assert_pixels("<p style='font-size:.5em'><b style='font-size:200 %'>", "8.0 16.0");
	assert_pixels("<p style='font-size:3rem'><i style='font-size:smaller'>", "16.0 48.0");
	assert_pixels("<p style='font-size:1ex'><sub style='font-size:larger'>", "7.0 16.0");
	assert_pixels("<td style='font-size:xx-large'><em style='font-size:inherit'>", "16.0 32.0");
	assert_pixels("<div style='font-size:xx-small'><sup style='font-size:initial'>",
	              "9.0 16.0");
	assert_pixels(
		"<p style='font-size:1.2.3px'><p style='font-size:20vw'><p style='font-size:'>",
		"16.0 16.0");
	assert_pixels("<p style='font-size:\n30px'>", "16.0 30.0");
	assert_pixels("<p style='font-size:30\npx'>", "16.0 16.0");
	/* elements whose style is not looked at */
	assert_pixels("<h1 style='font-size:40px'><marquee style='font-size:50px'>", "16.0 16.0");
}

static void test_scopes(void **state)
{
	(void)state;
	assert_pixels("<p style='font-size:32px'><b style='font-size:1em'>", "16.0 32.0");
	assert_pixels("<p style='font-size:32px'>x</p><p style='font-size:2em'>", "16.0 32.0");
	assert_pixels("<p style='font-size:32px'>x</div><p style='font-size:2em'>", "16.0 64.0");
	assert_pixels("<div style='font-size:32px'><p>x</div><p style='font-size:2em'>",
	              "16.0 32.0");
	/* a cell ends the one before it, and a row both */
	assert_pixels("<td style='font-size:32px'><font>x<th style='font-size:2em'>", "16.0 32.0");
	assert_pixels("<tr style='font-size:32px'><td>x<tr style='font-size:2em'>", "16.0 32.0");
	assert_pixels("<tr style='font-size:32px'><td>x<td style='font-size:2em'>", "16.0 64.0");
	assert_pixels("<td style='font-size:32px'><p>x<td style='font-size:2em'>", "16.0 64.0");
	assert_pixels("<body style='font-size:32px'>x</body><p style='font-size:2em'>",
	              "16.0 64.0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_colors),      cmocka_unit_test(test_wrong_colors),
		cmocka_unit_test(test_contrast),    cmocka_unit_test(test_blending),
		cmocka_unit_test(test_backgrounds), cmocka_unit_test(test_invalid_colors),
		cmocka_unit_test(test_hiding),      cmocka_unit_test(test_transforms),
		cmocka_unit_test(test_positions),   cmocka_unit_test(test_font_size),
		cmocka_unit_test(test_styles),      cmocka_unit_test(test_scopes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
