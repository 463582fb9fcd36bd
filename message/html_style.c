/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "message/html_style.h"

#define DEFAULT_SIZE 3
#define SIZE_LIMIT   10000

void html_styles_init(struct html_styles *styles, struct arena *arena)
{
	struct html_scope_style base = { .background = 0xFFFFFF, .size = DEFAULT_SIZE };

	memset(styles, 0, sizeof(*styles));
	styles->arena = arena;
	styles->base_size = styles->min_size = styles->max_size = DEFAULT_SIZE;
	vec_push(arena, styles, base);
}

static int16_t clamp_size(int size)
{
	return (int16_t)(size > SIZE_LIMIT ? SIZE_LIMIT : size < -SIZE_LIMIT ? -SIZE_LIMIT : size);
}

/* A number with a sign or without; false where the text does not begin with one. */
static bool read_size(struct str value, bool *relative_r, int *size_r)
{
	bool negative;
	size_t i = 0;
	int size = 0;

	value = str_trim_left(value);
	negative = value.len > 0 && value.data[0] == '-';
	*relative_r = negative || (value.len > 0 && value.data[0] == '+');
	i = *relative_r;
	if (i >= value.len || !char_is_digit(value.data[i]))
		return false;
	for (; i < value.len && char_is_digit(value.data[i]); i++)
		size = size < SIZE_LIMIT ? size * 10 + (value.data[i] - '0') : SIZE_LIMIT;
	*size_r = negative ? -size : size;
	return true;
}

/* rgb() and rgba() of a style sheet: its digits and commas alone count, values over 255 are 255. */
static uint32_t style_rgb(struct str value)
{
	uint32_t parts[3] = { 0, 0, 0 }, *part = parts;

	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] == ',' && ++part == parts + 3)
			break;
		if (char_is_digit(value.data[i]))
			*part = *part * 10 + (uint32_t)(value.data[i] - '0');
		if (*part > 255)
			*part = 255;
	}
	return parts[0] << 16 | parts[1] << 8 | parts[2];
}

static struct str drop_important(struct str value)
{
	if (!str_ends_ci(value, STR("important")))
		return value;
	value = str_trim_right(str_prefix(value, value.len - strlen("important")));
	if (value.len == 0 || value.data[value.len - 1] != '!')
		return value;
	return str_trim_right(str_prefix(value, value.len - 1));
}

static void set_style_color(struct str value, uint32_t *color)
{
	value = drop_important(value);
	if (str_find_ci(value, STR("rgb")) >= 0)
		*color = style_rgb(value);
	else if (str_eq_ci(value, STR("transparent")))
		*color = HTML_COLOR_TRANSPARENT;
	else if (!str_eq_ci(value, STR("inherit")))
		*color = html_color(value);
}

/* The end of a word of a `background` value: strings and parentheses are kept together. */
static size_t background_word_end(struct str value, size_t i)
{
	char until = 0;

	for (; i < value.len; i++) {
		char c = value.data[i];

		if (until == 0 && (c == ' ' || c == ','))
			break;
		if (c == until)
			until = 0;
		else if (until == 0 && (c == '"' || c == '\'' || c == '('))
			until = c == '(' ? ')' : c;
	}
	return i;
}

/* The first colour in the last layer of a CSS `background`. */
static void set_background(struct str value, uint32_t *color)
{
	uint32_t found = HTML_COLOR_INVALID;
	bool next_layer = false;
	size_t end;

	for (size_t i = 0; i < value.len; i = end + 1) {
		end = background_word_end(value, i);
		if (end > i && next_layer) {
			found = HTML_COLOR_INVALID;
			next_layer = false;
		}
		if (found == HTML_COLOR_INVALID)
			found = html_color((struct str){ value.data + i, end - i });
		next_layer |= end < value.len && value.data[end] == ',';
	}
	if (found != HTML_COLOR_INVALID)
		*color = found;
}

static void set_visibility(struct html_scope_style *style, struct str name, struct str value)
{
	if (str_eq(name, STR("display")))
		style->not_displayed = str_eq_ci(value, STR("none"));
	else if (str_eq(name, STR("visibility")))
		style->not_visible = str_eq_ci(value, STR("hidden"));
}

static bool has_other_than_line_ends(struct str value)
{
	while (value.len > 0 && value.data[0] == '\n')
		value = str_from_offset(value, 1);
	return value.len > 0;
}

/* As SpamAssassin reads it: a value of several lines is none, a blank colour is a wrong one. */
static void apply_declaration(struct html_scope_style *style, struct str declaration)
{
	ptrdiff_t colon = str_find_char(declaration, ':');
	struct str name, value, all;

	if (colon < 0)
		return;
	name = str_trim_left(str_prefix(declaration, (size_t)colon));
	all = str_from_offset(declaration, (size_t)colon + 1);
	value = str_trim(all);
	if (str_find_char(value, '\n') >= 0)
		return;
	if (value.len == 0 && has_other_than_line_ends(all)) {
		if (str_eq_ci(name, STR("color")))
			style->text_color = HTML_COLOR_INVALID;
		else if (str_eq_ci(name, STR("background-color")))
			style->background = HTML_COLOR_INVALID;
	}
	if (value.len == 0)
		return;
	if (str_eq_ci(name, STR("color")))
		set_style_color(value, &style->text_color);
	else if (str_eq_ci(name, STR("background-color")))
		set_style_color(value, &style->background);
	else if (str_eq(name, STR("background")))
		set_background(value, &style->background);
	else
		set_visibility(style, str_trim_right(name), value);
}

static void apply_style(struct html_scope_style *style, const struct html_scope_style *parent,
                        struct str text)
{
	struct str declaration;

	while (str_next_piece(&text, ';', &declaration))
		apply_declaration(style, declaration);
	if (style->background == HTML_COLOR_TRANSPARENT)
		style->background = parent->background;
	if (style->text_color == HTML_COLOR_TRANSPARENT)
		style->text_color = style->background;
}

/* Which of the attributes an element looks at. */
#define TAKES_COLOR   1
#define TAKES_SIZE    2
#define TAKES_STYLE   4
#define TAKES_TEXT    8
#define TAKES_BGCOLOR 16

static unsigned taken_attributes(enum html_scope scope)
{
	switch (scope) {
	case HTML_SCOPE_BASEFONT:
	case HTML_SCOPE_FONT:
		return TAKES_COLOR | TAKES_SIZE;
	case HTML_SCOPE_BODY:
		return TAKES_TEXT | TAKES_BGCOLOR;
	case HTML_SCOPE_TABLE:
	case HTML_SCOPE_TD:
	case HTML_SCOPE_TR:
		return TAKES_STYLE | TAKES_BGCOLOR;
	case HTML_SCOPE_A:
	case HTML_SCOPE_DIV:
	case HTML_SCOPE_P:
	case HTML_SCOPE_SPAN:
		return TAKES_STYLE;
	default:
		return 0;
	}
}

static void apply_size(const struct html_styles *styles, struct html_scope_style *style,
                       struct str value)
{
	bool relative;
	int size;

	if (read_size(value, &relative, &size))
		style->size = clamp_size(relative ? styles->base_size + size : size);
}

/* Attributes that the element has, but which don't bear on how text is seen. */
static bool has_other_attribute(enum html_scope scope, const struct html_tokenizer *tag)
{
	if (scope == HTML_SCOPE_FONT || scope == HTML_SCOPE_BASEFONT)
		return html_attribute(tag, STR("face")) != NULL;
	return scope == HTML_SCOPE_BODY && (html_attribute(tag, STR("link")) != NULL ||
	                                    html_attribute(tag, STR("alink")) != NULL ||
	                                    html_attribute(tag, STR("vlink")) != NULL ||
	                                    html_attribute(tag, STR("background")) != NULL);
}

static bool apply_color(const struct html_tokenizer *tag, struct str name, uint32_t *color)
{
	const struct str *value = html_attribute(tag, name);

	if (value != NULL)
		*color = html_color(*value);
	return value != NULL;
}

/* Tells whether there was an attribute that the element looks at. */
static bool apply_attributes(const struct html_styles *styles, struct html_scope_style *style,
                             const struct html_tokenizer *tag)
{
	unsigned takes = taken_attributes((enum html_scope)style->scope);
	const struct str *value;
	bool any = false;

	if (takes == 0 || tag->attributes.len == 0)
		return false;
	if (takes & TAKES_COLOR)
		any |= apply_color(tag, STR("color"), &style->text_color);
	if (takes & TAKES_TEXT)
		any |= apply_color(tag, STR("text"), &style->text_color);
	if (takes & TAKES_BGCOLOR)
		any |= html_attribute(tag, STR("bgcolor")) != NULL;
	value = takes & TAKES_SIZE ? html_attribute(tag, STR("size")) : NULL;
	if (value != NULL)
		apply_size(styles, style, *value);
	any |= value != NULL;
	value = takes & TAKES_STYLE ? html_attribute(tag, STR("style")) : NULL;
	if (value != NULL)
		apply_style(style, &styles->items[styles->len - 1], *value);
	return any || value != NULL || has_other_attribute((enum html_scope)style->scope, tag);
}

static void pop(struct html_styles *styles)
{
	styles->open[styles->items[--styles->len].scope]--;
}

/* A cell ends the cell before it, a row ends that and the row before it. */
static void close_implied(struct html_styles *styles, enum html_scope scope)
{
	unsigned char top;

	if (styles->open[scope] == 0)
		return;
	while (styles->len > 1) {
		top = styles->items[styles->len - 1].scope;
		if (top != HTML_SCOPE_FONT && top != HTML_SCOPE_TD &&
		    (top != HTML_SCOPE_TR || scope != HTML_SCOPE_TR))
			break;
		pop(styles);
	}
}

static void note_size(struct html_styles *styles, int size)
{
	if (size > styles->max_size)
		styles->max_size = size;
	else if (size < styles->min_size)
		styles->min_size = size;
}

void html_styles_open(struct html_styles *styles, enum html_scope scope,
                      const struct html_tokenizer *tag)
{
	struct html_scope_style style;
	const struct str *size;
	bool relative;
	int base;

	size = scope == HTML_SCOPE_BASEFONT ? html_attribute(tag, STR("size")) : NULL;
	if (size != NULL && read_size(*size, &relative, &base) && !relative) {
		styles->base_size = base;
		return;
	}
	if (scope == HTML_SCOPE_TD || scope == HTML_SCOPE_TR)
		close_implied(styles, scope);
	style = styles->items[styles->len - 1];
	style.scope = (unsigned char)scope;
	if (scope == HTML_SCOPE_BIG || scope == HTML_SCOPE_SMALL)
		style.size = clamp_size(style.size + (scope == HTML_SCOPE_BIG ? 1 : -1));
	else if (apply_attributes(styles, &style, tag))
		note_size(styles, style.size);
	vec_push(styles->arena, styles, style);
	styles->open[scope]++;
}

void html_styles_close(struct html_styles *styles, enum html_scope scope)
{
	unsigned char top;

	/* readers show what follows </body> in the body's colours */
	if (scope == HTML_SCOPE_BODY || styles->open[scope] == 0)
		return;
	do {
		top = styles->items[styles->len - 1].scope;
		pop(styles);
	} while (top != scope);
}

/* The difference of two colours weighted by brightness is so small that text can't be read. */
static bool is_near(uint32_t a, uint32_t b)
{
	int64_t red, green, blue, limit = 120000; /* 12, in 1/10000 */

	if (a == b)
		return true;
	if (a > 0xFFFFFF || b > 0xFFFFFF)
		return false;
	red = 2126 * ((int64_t)(a >> 16) - (int64_t)(b >> 16));
	green = 7152 * ((int64_t)(a >> 8 & 0xFF) - (int64_t)(b >> 8 & 0xFF));
	blue = 722 * ((int64_t)(a & 0xFF) - (int64_t)(b & 0xFF));
	return red * red + green * green + blue * blue < limit * limit;
}

struct html_visibility html_styles_visibility(const struct html_styles *styles)
{
	const struct html_scope_style *style = &styles->items[styles->len - 1];
	struct html_visibility result = { 0 };

	result.low_contrast = is_near(style->text_color, style->background);
	result.invalid_color = !result.low_contrast && (style->text_color == HTML_COLOR_INVALID ||
	                                                style->background == HTML_COLOR_INVALID);
	result.invisible = result.low_contrast || result.invalid_color || style->size <= 1 ||
	                   style->not_displayed || style->not_visible;
	return result;
}
