/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/html_pixels.h"

#include "message/html_tokenizer.h"

#define NORMAL_SIZE 16.0

/* Elements that open a scope of sizes, and which of their attributes show that it is looked at. */
static const struct scope_kind {
	struct str name;
	const char *attributes;
} kinds[] = {
	{ STR_INIT("a"), "style" },
	{ STR_INIT("b"), "style" },
	{ STR_INIT("big"), "style" },
	{ STR_INIT("body"), "alink background bgcolor link style text vlink" },
	{ STR_INIT("div"), "style" },
	{ STR_INIT("em"), "style" },
	{ STR_INIT("font"), "color face size style" },
	{ STR_INIT("i"), "style" },
	{ STR_INIT("marquee"), "background bgcolor" },
	{ STR_INIT("p"), "style" },
	{ STR_INIT("small"), "style" },
	{ STR_INIT("span"), "style" },
	{ STR_INIT("strong"), "style" },
	{ STR_INIT("sub"), "style" },
	{ STR_INIT("sup"), "style" },
	{ STR_INIT("table"), "bgcolor style" },
	{ STR_INIT("td"), "bgcolor style" },
	{ STR_INIT("tr"), "bgcolor style" },
};
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

struct scope {
	size_t kind;
	double size;
};

struct reader {
	struct html_tokenizer tag;
	vec_of(struct scope) scopes; /* the last one is in force; number 0 is the default */
	size_t open[KIND_COUNT];
	struct html_pixels found;
};

static bool is_kind(size_t kind, const char *name)
{
	return str_eq(kinds[kind].name, str_from(name));
}

static void note(struct reader *r, double size)
{
	if (size > r->found.max)
		r->found.max = size;
	else if (size < r->found.min)
		r->found.min = size;
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
static void apply_font_size(struct str value, double parent, double *size)
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

static struct str without_important(struct str declaration)
{
	struct str rest = str_trim_right(declaration);

	if (!str_ends_ci(rest, STR("important")))
		return declaration;
	rest = str_trim_right(str_prefix(rest, rest.len - 9));
	return str_ends_ci(rest, STR("!")) ? str_prefix(rest, rest.len - 1) : declaration;
}

static void apply_style(struct str style, double parent, double *size)
{
	static const struct str name = STR_INIT("font-size:");
	struct str declaration;

	while (str_next_piece(&style, ';', &declaration)) {
		declaration = str_trim(without_important(declaration));
		if (!str_starts_ci(declaration, name))
			continue;
		declaration = str_trim(str_from_offset(declaration, name.len));
		if (str_find_char(declaration, '\n') < 0)
			apply_font_size(declaration, parent, size);
	}
}

/* <font size>: 1 to 7, or so much more or less than 3. */
static void apply_size(struct str value, double *size)
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

/* Elements. */

static void pop(struct reader *r)
{
	r->open[r->scopes.items[--r->scopes.len].kind]--;
}

/* A cell ends the cell before it, a row ends that and the row before it. */
static void close_implied(struct reader *r, size_t kind)
{
	while (r->open[kind] > 0 && r->scopes.len > 1) {
		size_t top = r->scopes.items[r->scopes.len - 1].kind;

		if (!is_kind(top, "font") && !is_kind(top, "td") &&
		    !(is_kind(top, "tr") && is_kind(kind, "tr")))
			return;
		pop(r);
	}
}

/* In the order of the attributes' names, but "style" at the end; the size after each counts. */
static void apply_attributes(struct reader *r, size_t kind, double *size)
{
	double parent = r->scopes.items[r->scopes.len - 1].size;
	struct str names = str_from(kinds[kind].attributes), name;
	const struct str *value;

	while (r->tag.attributes.len > 0 && str_next_word(&names, &name)) {
		value = html_attribute(&r->tag, name);
		if (value == NULL || str_eq(name, STR("style")))
			continue;
		if (str_eq(name, STR("size")))
			apply_size(*value, size);
		note(r, *size);
	}
	value = is_kind(kind, "marquee") ? NULL : html_attribute(&r->tag, STR("style"));
	if (value == NULL)
		return;
	apply_style(*value, parent, size);
	note(r, *size);
}

static void open_scope(struct arena *arena, struct reader *r, size_t kind)
{
	struct scope scope = { .kind = kind };

	if (is_kind(kind, "td") || is_kind(kind, "tr"))
		close_implied(r, kind);
	scope.size = r->scopes.items[r->scopes.len - 1].size;
	if (is_kind(kind, "big"))
		scope.size *= 1.2;
	else if (is_kind(kind, "small"))
		scope.size /= 1.2;
	apply_attributes(r, kind, &scope.size);
	vec_push(arena, &r->scopes, scope);
	r->open[kind]++;
}

static void close_scope(struct reader *r, size_t kind)
{
	size_t top;

	if (r->open[kind] == 0 || is_kind(kind, "body"))
		return;
	do {
		top = r->scopes.items[r->scopes.len - 1].kind;
		pop(r);
	} while (top != kind);
}

static size_t find_kind(struct str name)
{
	size_t i = 0;

	if (str_eq_ci(name, STR("th")))
		name = STR("td");
	while (i < KIND_COUNT && !str_eq_ci(name, kinds[i].name))
		i++;
	return i;
}

struct html_pixels html_pixels(struct arena *arena, struct str html)
{
	struct reader r = { .found = { NORMAL_SIZE, NORMAL_SIZE } };
	struct scope normal = { .kind = KIND_COUNT, .size = NORMAL_SIZE };
	struct html_token token;

	vec_push(arena, &r.scopes, normal);
	html_tokenizer_init(&r.tag, arena, html);
	while (html_next_token(&r.tag, &token)) {
		size_t kind = KIND_COUNT;

		if (token.type == HTML_TOKEN_START || token.type == HTML_TOKEN_END)
			kind = find_kind(token.name);
		if (kind == KIND_COUNT)
			continue;
		if (token.type == HTML_TOKEN_START)
			open_scope(arena, &r, kind);
		else
			close_scope(&r, kind);
	}
	return r.found;
}
