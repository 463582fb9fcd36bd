/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Font sizes in pixels. */
#include "message/html_pixels.h"

#include <stdio.h>

#include "tests/unit/unit.h"

/* "least greatest", to a tenth. */
static void assert_pixels(const char *html, const char *expected)
{
	struct arena *arena = arena_new();
	struct html_pixels pixels = html_pixels(arena, str_from(html));
	char text[64];

	snprintf(text, sizeof(text), "%.1f %.1f", pixels.min, pixels.max);
	assert_string_equal(text, expected);
	arena_free(arena);
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
		cmocka_unit_test(test_font_size),
		cmocka_unit_test(test_styles),
		cmocka_unit_test(test_scopes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
