/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/html_css.h"

#include <string.h>

#define NORMAL_SIZE   16.0
#define READABLE_SIZE 8.0
#define FAR_AWAY      1000.0

/* The attributes that an element has a look at, by name but "style" at the end. */
static const char *const attributes_of[HTML_SCOPE_CSS_COUNT] = {
	[HTML_SCOPE_A] = "style",
	[HTML_SCOPE_B] = "style",
	[HTML_SCOPE_BIG] = "style",
	[HTML_SCOPE_BODY] = "alink background bgcolor link text vlink style",
	[HTML_SCOPE_DIV] = "style",
	[HTML_SCOPE_EM] = "style",
	[HTML_SCOPE_FONT] = "color face size style",
	[HTML_SCOPE_I] = "style",
	[HTML_SCOPE_P] = "style",
	[HTML_SCOPE_SMALL] = "style",
	[HTML_SCOPE_SPAN] = "style",
	[HTML_SCOPE_STRONG] = "style",
	[HTML_SCOPE_SUB] = "style",
	[HTML_SCOPE_SUP] = "style",
	[HTML_SCOPE_TABLE] = "bgcolor style",
	[HTML_SCOPE_TD] = "bgcolor style",
	[HTML_SCOPE_TR] = "bgcolor style",
};

void html_css_init(struct html_css *css, struct arena *arena)
{
	struct css_scope base = { .size = NORMAL_SIZE,
		                  .color = { 0, 0, 0, 1 },
		                  .background = { 255, 255, 255, 1 } };

	memset(css, 0, sizeof(*css));
	css->arena = arena;
	css->min_size = css->max_size = NORMAL_SIZE;
	vec_push(arena, css, base);
}

/* Colours. */

static void set_color(struct html_css *css, struct str value, struct css_color *color)
{
	struct css_color found;

	if (html_css_color(value, &found))
		*color = found;
	else
		css->invalid_color = true;
}

static const struct css_scope *parent_of(const struct html_css *css)
{
	return &css->items[css->len - 1];
}

static void set_style_color(struct html_css *css, struct str value, struct css_color *color)
{
	if (str_eq_ci(value, STR("currentcolor")))
		*color = parent_of(css)->color;
	else if (!str_eq_ci(value, STR("inherit")))
		set_color(css, value, color);
}

/* The end of a word of a `background` value: strings and parentheses are kept together. */
static size_t background_word_end(struct str value, size_t i)
{
	char until = 0, outer = 0;

	for (; i < value.len; i++) {
		char c = value.data[i];

		if (until == 0 && (c == ' ' || c == ','))
			break;
		if (until != 0 && c == until) {
			until = outer;
			outer = 0;
			if (c == ')')
				return i + 1;
		} else if (until != '"' && until != '\'' && (c == '"' || c == '\'')) {
			outer = until;
			until = c;
		} else if (until == 0 && c == '(') {
			until = ')';
		}
	}
	return i;
}

/* The first colour in the last layer of a CSS `background`. */
static void set_background(struct html_css *css, struct str value, struct css_color *color)
{
	struct css_color found;
	bool any = false, next_layer = false;

	for (size_t i = 0, end; i < value.len; i = end) {
		struct str word;

		end = background_word_end(value, i);
		word = (struct str){ value.data + i, end - i };
		if (word.len == 0) {
			next_layer |= value.data[end++] == ',';
			continue;
		}
		any = any && !next_layer;
		next_layer = false;
		if (any)
			continue;
		any = str_eq_ci(word, STR("currentcolor"));
		if (any)
			found = parent_of(css)->color;
		else
			any = html_css_color(word, &found);
	}
	if (any)
		*color = found;
}

/* Sizes. */

/* "12", ".5", "1.25"; moves past it. */
static bool take_number(struct str *text, double *number_r)
{
	double unit = 1;
	bool fraction = false;
	size_t i = 0;

	*number_r = 0;
	for (; i < text->len && (char_is_digit(text->data[i]) || text->data[i] == '.'); i++) {
		if (text->data[i] == '.') {
			if (fraction)
				return false;
			fraction = true;
			continue;
		}
		unit = fraction ? unit / 10 : unit;
		*number_r = fraction ? *number_r + (text->data[i] - '0') * unit
		                     : *number_r * 10 + (text->data[i] - '0');
	}
	*text = str_from_offset(*text, i);
	return i > 0;
}

static bool size_by_name(struct str name, double parent, double *size_r)
{
	static const struct {
		const char *name;
		double size, times; /* this many pixels, or times the parent's size */
	} names[] = {
		{ "xx-small", 9, 0 },
		{ "x-small", 10, 0 },
		{ "small", 13, 0 },
		{ "medium", 16, 0 },
		{ "large", 18, 0 },
		{ "x-large", 24, 0 },
		{ "xx-large", 32, 0 },
		{ "larger", 0, 1.2 },
		{ "smaller", 0, 1 / 1.2 },
		{ "inherit", 0, 1 },
		{ "initial", NORMAL_SIZE, 0 },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!str_eq_ci(name, str_from(names[i].name)))
			continue;
		*size_r = names[i].size + names[i].times * parent;
		return true;
	}
	return false;
}

/* "12pt", "1.5em", "80%", "larger" */
static void set_font_size(struct str value, double parent, double *size)
{
	const struct {
		const char *name;
		double pixels;
	} units[] = {
		{ "", 1 },
		{ "px", 1 },
		{ "pt", 1.33 },
		{ "em", parent },
		{ "rem", NORMAL_SIZE },
		{ "ex", 7 },
		{ "%", parent / 100 },
	};
	double number;

	if (size_by_name(value, parent, size) || !take_number(&value, &number))
		return;
	value = str_trim_left(value);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (str_eq_ci(value, str_from(units[i].name)))
			*size = number * units[i].pixels;
}

/* <font size>: 1 to 7, or so much more or less than 3. */
static void set_size(struct str value, double *size)
{
	static const double sizes[] = { 10, 13, 16, 18, 24, 32, 48 };
	char sign;
	double number;

	value = str_trim_left(value);
	sign = value.len > 0 ? value.data[0] : '\0';
	if (sign == '+' || sign == '-')
		value = str_from_offset(value, 1);
	if (value.len == 0 || !char_is_digit(value.data[0]))
		return;
	while (value.len > 1 && char_is_digit(value.data[0]) && value.data[0] == '0')
		value = str_from_offset(value, 1);
	number = value.len > 1 && char_is_digit(value.data[1]) ? 10 : value.data[0] - '0';
	if (sign == '+' || sign == '-')
		number = sign == '+' ? 3 + number : 3 - number;
	*size = sizes[number < 1 ? 0 : number > 7 ? 6 : (size_t)number - 1];
}

/* What hides. */

/* A `transform` is looked at up to here, so that no text is gone through again and again. */
#define MAX_TRANSFORM 512

/* "0", "0.00", "0%", "0px"; moves past it. */
static bool take_zero(struct str *text)
{
	struct str rest = str_trim_left(*text);
	size_t i = 1;

	if (rest.len == 0 || rest.data[0] != '0')
		return false;
	if (rest.len > 2 && rest.data[1] == '.' && rest.data[2] == '0')
		for (i = 3; i < rest.len && rest.data[i] == '0';)
			i++;
	if (i < rest.len && rest.data[i] == '%')
		i++;
	else
		while (i < rest.len && char_is_alpha(rest.data[i]))
			i++;
	*text = str_from_offset(rest, i);
	return true;
}

/* What follows the word "scale": "(0)", "x(0)", "(1, 0)"; on any axis it is nothing then. */
static bool scales_to_zero(struct str text)
{
	bool one_axis = text.len > 0 && (text.data[0] == 'x' || text.data[0] == 'y');
	struct str rest = str_from_offset(text, one_axis), second;
	ptrdiff_t end = str_find_char(rest, ')'), comma;

	if (end < 0 || rest.data[0] != '(')
		return false;
	rest = second = (struct str){ rest.data + 1, (size_t)end - 1 };
	if (take_zero(&rest) &&
	    (rest.len == 0 || rest.data[0] == ',' || char_is_space(rest.data[0])))
		return true;
	comma = str_find_char(second, ',');
	if (one_axis || comma < 1)
		return false;
	second = str_from_offset(second, (size_t)comma + 1);
	return take_zero(&second) && str_trim(second).len == 0;
}

static bool is_word_char(char c)
{
	return char_is_alnum(c) || c == '_';
}

static bool is_shrunk(struct arena *arena, struct str transform)
{
	struct str rest = arena_str_lower(arena, str_prefix(transform, MAX_TRANSFORM));
	const char *start = rest.data;
	ptrdiff_t at;

	while ((at = str_find(rest, STR("scale"))) >= 0) {
		bool begins = at > 0 ? !is_word_char(rest.data[at - 1]) : rest.data == start;

		rest = str_from_offset(rest, (size_t)at + 5);
		if (begins && scales_to_zero(rest))
			return true;
	}
	return false;
}

/* "-9999px": beyond the page's left or upper edge. */
static bool is_far_away(struct str place)
{
	static const char *const units[] = { "", "px", "pt", "em", "rem", "ex", "%" };
	double number;

	if (place.len < 2 || place.data[0] != '-' || !char_is_digit(place.data[1]))
		return false;
	place = str_from_offset(place, 1);
	if (!take_number(&place, &number) || place.data[-1] == '.' || number < FAR_AWAY)
		return false;
	place = str_trim_left(place);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (str_eq_ci(place, str_from(units[i])))
			return true;
	return false;
}

static bool is_positioned(struct str position)
{
	static const struct str values[] = { STR_INIT("absolute"), STR_INIT("fixed") };

	for (size_t i = 0; i < 2; i++)
		if (str_starts_ci(position, values[i]) &&
		    (position.len == values[i].len || !is_word_char(position.data[values[i].len])))
			return true;
	return false;
}

static void set_visibility(struct arena *arena, struct css_scope *scope, struct str name,
                           struct str value)
{
	if (str_eq_ci(name, STR("display")))
		scope->not_displayed = str_eq_ci(value, STR("none"));
	else if (str_eq_ci(name, STR("visibility")))
		scope->not_visible = str_eq_ci(value, STR("hidden"));
	else if (str_eq_ci(name, STR("transform")))
		scope->shrunk = is_shrunk(arena, value);
	else if (str_eq_ci(name, STR("position")))
		scope->positioned = is_positioned(value);
	else if (str_eq_ci(name, STR("left")))
		scope->far_left = is_far_away(value);
	else if (str_eq_ci(name, STR("top")))
		scope->far_up = is_far_away(value);
}

struct html_visibility html_css_visibility(const struct html_css *css)
{
	const struct css_scope *scope = &css->items[css->len - 1];
	struct html_visibility seen = { 0 };
	bool moved = scope->positioned && (scope->far_left || scope->far_up);
	bool hidden = scope->not_displayed || scope->not_visible || scope->shrunk || moved;
	bool near = html_css_is_near(&scope->color, &scope->background);

	seen.invisible = scope->size < READABLE_SIZE || hidden || near;
	seen.low_contrast = near && scope->size >= READABLE_SIZE && !hidden;
	return seen;
}

/* Style sheets. */

/* "!important" at the very end; after it is a line end at most. */
static struct str drop_important(struct str declaration)
{
	struct str rest = declaration;

	if (rest.len > 0 && rest.data[rest.len - 1] == '\n')
		rest.len--;
	if (!str_ends_ci(rest, STR("important")))
		return declaration;
	rest = str_trim_right(str_prefix(rest, rest.len - strlen("important")));
	return str_ends_ci(rest, STR("!")) ? str_prefix(rest, rest.len - 1) : declaration;
}

static bool has_other_than_line_ends(struct str value)
{
	while (value.len > 0 && value.data[0] == '\n')
		value = str_from_offset(value, 1);
	return value.len > 0;
}

/* A value of several lines is none. Colours, backgrounds and sizes have no space before the colon.
 */
static void apply_declaration(struct html_css *css, struct css_scope *scope, struct str declaration)
{
	ptrdiff_t colon;
	struct str name, value;
	bool empty;

	declaration = drop_important(declaration);
	colon = str_find_char(declaration, ':');
	if (colon < 0)
		return;
	name = str_trim_left(str_prefix(declaration, (size_t)colon));
	value = str_from_offset(declaration, (size_t)colon + 1);
	empty = !has_other_than_line_ends(value);
	value = str_trim(value);
	if (empty || str_find_char(value, '\n') >= 0)
		return;
	if (str_eq_ci(name, STR("color")))
		set_style_color(css, value, &scope->color);
	else if (str_eq_ci(name, STR("background-color")))
		set_style_color(css, value, &scope->background);
	else if (str_eq_ci(name, STR("background")))
		set_background(css, value, &scope->background);
	else if (str_eq_ci(name, STR("font-size")))
		set_font_size(value, parent_of(css)->size, &scope->size);
	else if (value.len > 0)
		set_visibility(css->arena, scope, str_trim_right(name), value);
}

static void apply_style(struct html_css *css, struct css_scope *scope, struct str style)
{
	struct str declaration;

	while (str_next_piece(&style, ';', &declaration))
		apply_declaration(css, scope, declaration);
}

/* Elements. */

static void note_size(struct html_css *css, double size)
{
	if (size > css->max_size)
		css->max_size = size;
	else if (size < css->min_size)
		css->min_size = size;
}

static void apply_attribute(struct html_css *css, struct css_scope *scope, struct str name,
                            struct str value)
{
	if (str_eq(name, STR("color")) || str_eq(name, STR("text")))
		set_color(css, value, &scope->color);
	else if (str_eq(name, STR("bgcolor")))
		set_color(css, value, &scope->background);
	else if (str_eq(name, STR("size")))
		set_size(value, &scope->size);
	else if (str_eq(name, STR("style")))
		apply_style(css, scope, value);
}

static void apply_attributes(struct html_css *css, struct css_scope *scope,
                             const struct html_tokenizer *tag)
{
	struct str names = str_from(attributes_of[scope->scope]), name;

	while (str_next_word(&names, &name)) {
		const struct str *value = html_attribute(tag, name);

		if (value == NULL)
			continue;
		apply_attribute(css, scope, name, *value);
		html_css_blend(&scope->background, &parent_of(css)->background);
		html_css_blend(&scope->color, &scope->background);
		note_size(css, scope->size);
	}
}

static void pop(struct html_css *css)
{
	css->open[css->items[--css->len].scope]--;
}

/* A cell ends the cell before it, a row ends that and the row before it. */
static void close_implied(struct html_css *css, enum html_scope scope)
{
	if (css->open[scope] == 0)
		return;
	while (css->len > 1) {
		unsigned char top = parent_of(css)->scope;

		if (top != HTML_SCOPE_FONT && top != HTML_SCOPE_TD &&
		    (top != HTML_SCOPE_TR || scope != HTML_SCOPE_TR))
			return;
		pop(css);
	}
}

void html_css_open(struct html_css *css, enum html_scope scope, const struct html_tokenizer *tag)
{
	struct css_scope inner;

	if (attributes_of[scope] == NULL)
		return;
	if (scope == HTML_SCOPE_TD || scope == HTML_SCOPE_TR)
		close_implied(css, scope);
	inner = *parent_of(css);
	inner.scope = (unsigned char)scope;
	if (scope == HTML_SCOPE_BIG)
		inner.size *= 1.2;
	else if (scope == HTML_SCOPE_SMALL)
		inner.size /= 1.2;
	if (tag->attributes.len > 0)
		apply_attributes(css, &inner, tag);
	vec_push(css->arena, css, inner);
	css->open[scope]++;
}

void html_css_close(struct html_css *css, enum html_scope scope)
{
	unsigned char top;

	/* readers show what follows </body> in the body's colours */
	if (scope == HTML_SCOPE_BODY || css->open[scope] == 0)
		return;
	do {
		top = parent_of(css)->scope;
		pop(css);
	} while (top != scope);
}
