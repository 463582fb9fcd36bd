/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "message/html_css.h"

#define PI 3.14159 /* of angles in radians, as precise as SpamAssassin has it */

/* What stands between the parentheses of "rgb(…)" and its like. */
struct arguments {
	struct str items[4];
	size_t count;
};

static bool is_separator(char c)
{
	return c == ' ' || c == ',' || c == '/';
}

/* Separators in front are those of an empty argument; false where there are not three or four. */
static bool split_arguments(struct str text, struct arguments *arguments_r)
{
	size_t start;

	arguments_r->count = 0;
	while (text.len > 0 && is_separator(text.data[text.len - 1]))
		text.len--;
	for (size_t i = 0; i < text.len;) {
		start = i;
		while (i < text.len && !is_separator(text.data[i]))
			i++;
		if (arguments_r->count == 4)
			return false;
		arguments_r->items[arguments_r->count++] =
			(struct str){ text.data + start, i - start };
		while (i < text.len && is_separator(text.data[i]))
			i++;
	}
	if (arguments_r->count == 3)
		arguments_r->items[arguments_r->count++] = STR("1");
	return arguments_r->count == 4;
}

/* "-12", "+.5", "1.25", and "none", which is 0; *rest_r is what follows it. */
static bool read_number(struct str text, double *number_r, struct str *rest_r)
{
	double number = 0, unit = 1;
	bool negative = text.len > 0 && text.data[0] == '-';
	size_t i = negative || (text.len > 0 && text.data[0] == '+') ? 1 : 0;
	size_t last_digit = 0;

	*number_r = 0;
	*rest_r = STR("");
	if (str_eq_ci(text, STR("none")))
		return true;
	for (; i < text.len && char_is_digit(text.data[i]); last_digit = ++i)
		number = number * 10 + (text.data[i] - '0');
	if (i < text.len && text.data[i] == '.') {
		for (i++; i < text.len && char_is_digit(text.data[i]); last_digit = ++i) {
			unit /= 10;
			number += (text.data[i] - '0') * unit;
		}
	}
	if (last_digit != i || i == 0)
		return false;
	*number_r = negative ? -number : number;
	*rest_r = str_from_offset(text, i);
	return true;
}

static bool read_part(struct str text, double *number_r, bool *percent_r)
{
	struct str rest;

	if (!read_number(text, number_r, &rest))
		return false;
	*percent_r = str_eq(rest, STR("%"));
	return *percent_r || rest.len == 0;
}

static double rounded(double value)
{
	return fabs(value) < 1e15 ? (double)(int64_t)(value + 0.5) : value;
}

/* Whole degrees from 0 to 359. */
static bool read_angle(struct str text, double *degrees_r)
{
	static const struct {
		struct str name;
		double degrees;
	} units[] = {
		{ STR_INIT(""), 1 },
		{ STR_INIT("deg"), 1 },
		{ STR_INIT("grad"), 360.0 / 400 },
		{ STR_INIT("rad"), 180 / PI },
		{ STR_INIT("turn"), 360 },
	};
	struct str unit;

	if (!read_number(text, degrees_r, &unit))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!str_eq_ci(unit, units[i].name))
			continue;
		*degrees_r = rounded(*degrees_r * units[i].degrees);
		if (!(fabs(*degrees_r) < 1e15))
			return false;
		*degrees_r = (double)(((int64_t)*degrees_r % 360 + 360) % 360);
		return true;
	}
	return false;
}

static double clamped(double value)
{
	return value < 0 ? 0 : value > 1 ? 1 : value;
}

static bool rgb_color(const struct arguments *arguments, struct css_color *color_r)
{
	double *const parts[] = { &color_r->red, &color_r->green, &color_r->blue, &color_r->alpha };
	bool percent;

	for (size_t i = 0; i < 4; i++) {
		if (!read_part(arguments->items[i], parts[i], &percent))
			return false;
		if (percent)
			*parts[i] = i == 3 ? *parts[i] / 100 : rounded(*parts[i] * 255 / 100);
	}
	return true;
}

/* A part of the colour circle: 0 to 1 as the hue goes by. SpamAssassin takes whole sixths. */
static void hsl_color(double hue, double saturation, double lightness, struct css_color *color_r)
{
	double chroma = (1 - fabs(2 * lightness - 1)) * saturation, rest = lightness - chroma / 2;
	int sixth = (int)(hue / 60);
	double middle = sixth % 2 == 1 ? chroma : 0, parts[6][3] = {
		{ chroma, middle, 0 }, { middle, chroma, 0 }, { 0, chroma, middle },
		{ 0, middle, chroma }, { middle, 0, chroma }, { chroma, 0, middle },
	};

	color_r->red = rounded((parts[sixth][0] + rest) * 255);
	color_r->green = rounded((parts[sixth][1] + rest) * 255);
	color_r->blue = rounded((parts[sixth][2] + rest) * 255);
}

static void hwb_color(double hue, double white, double black, struct css_color *color_r)
{
	int sixth = (int)(hue / 60);
	double pure = 1 - white - black, up = hue / 60 - sixth, down = 1 - up,
	       parts[6][3] = {
		       { 1, up, 0 },   { down, 1, 0 }, { 0, 1, up },
		       { 0, down, 1 }, { up, 0, 1 },   { 1, 0, down },
	       };

	color_r->red = rounded((white + pure * parts[sixth][0]) * 255);
	color_r->green = rounded((white + pure * parts[sixth][1]) * 255);
	color_r->blue = rounded((white + pure * parts[sixth][2]) * 255);
}

/* Of a hue and two shares, which are hundredths also without the sign. */
static bool hue_color(const struct arguments *arguments, struct css_color *color_r,
                      void (*of_hue)(double, double, double, struct css_color *))
{
	double hue, parts[3];
	bool percent;

	if (!read_angle(arguments->items[0], &hue))
		return false;
	for (size_t i = 0; i < 3; i++)
		if (!read_part(arguments->items[i + 1], &parts[i], &percent))
			return false;
	of_hue(hue, clamped(parts[0] / 100), clamped(parts[1] / 100), color_r);
	color_r->alpha = percent ? parts[2] / 100 : parts[2];
	return true;
}

/* The text in the parentheses of "name(…)" or "namea(…)". */
static bool function_arguments(struct str value, struct str name, struct str *inner_r)
{
	if (!str_starts_ci(value, name))
		return false;
	value = str_from_offset(value, name.len);
	if (value.len > 0 && char_lower(value.data[0]) == 'a')
		value = str_from_offset(value, 1);
	value = str_trim_left(value);
	if (value.len < 2 || value.data[0] != '(' || value.data[value.len - 1] != ')' ||
	    str_find_char(value, '\n') >= 0)
		return false;
	*inner_r = (struct str){ value.data + 1, value.len - 2 };
	return true;
}

static bool function_color(struct str value, struct css_color *color_r)
{
	struct arguments arguments;
	struct str inner;

	if (function_arguments(value, STR("rgb"), &inner))
		return split_arguments(inner, &arguments) && rgb_color(&arguments, color_r);
	if (function_arguments(value, STR("hsl"), &inner))
		return split_arguments(inner, &arguments) &&
		       hue_color(&arguments, color_r, hsl_color);
	return function_arguments(value, STR("hwb"), &inner) &&
	       split_arguments(inner, &arguments) && hue_color(&arguments, color_r, hwb_color);
}

static bool hash_color(struct str digits, uint32_t *rgb_r)
{
	*rgb_r = 0;
	for (size_t i = 0; i < digits.len; i++) {
		int digit = char_hex_value(digits.data[i]);

		if (digit < 0)
			return false;
		*rgb_r = *rgb_r << 4 | (uint32_t)digit;
		if (digits.len == 3)
			*rgb_r = *rgb_r << 4 | (uint32_t)digit;
	}
	return digits.len == 3 || digits.len == 6;
}

bool html_css_color(struct str value, struct css_color *color_r)
{
	uint32_t rgb;

	value = str_trim(value);
	if (str_eq_ci(value, STR("transparent"))) {
		*color_r = (struct css_color){ 0, 0, 0, 0 };
		return true;
	}
	if (value.len == 0)
		return false;
	if (value.data[0] == '#'
	            ? !hash_color(str_from_offset(value, 1), &rgb)
	            : !html_color_named(value, &rgb) || str_find_ci(value, STR("grey")) >= 0)
		return function_color(value, color_r);
	*color_r = (struct css_color){ rgb >> 16, rgb >> 8 & 0xFF, rgb & 0xFF, 1 };
	return true;
}

static double blend_part(double front, double back, double alpha)
{
	return rounded(front * alpha + back * (1 - alpha));
}

void html_css_blend(struct css_color *color, const struct css_color *background)
{
	double alpha = color->alpha;

	if (alpha == 1)
		return;
	color->red = blend_part(color->red, background->red, alpha);
	color->green = blend_part(color->green, background->green, alpha);
	color->blue = blend_part(color->blue, background->blue, alpha);
	color->alpha = 1;
}

bool html_css_is_near(const struct css_color *a, const struct css_color *b)
{
	double red = 0.2126 * (a->red - b->red);
	double green = 0.7152 * (a->green - b->green);
	double blue = 0.0722 * (a->blue - b->blue);

	return red * red + green * green + blue * blue < 12 * 12;
}
