/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/form.h"

#include <stdio.h>

#include "base/strbuf.h"
#include "base/utf8.h"

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A "%" that begins no byte stands for itself. */
static char decode_byte(struct str text, size_t *at)
{
	char c = text.data[*at];
	int high, low;

	if (c == '+')
		return ' ';
	if (c != '%' || text.len - *at < 3)
		return c;
	high = hex_value(text.data[*at + 1]);
	low = hex_value(text.data[*at + 2]);
	if (high < 0 || low < 0)
		return c;
	*at += 2;
	return (char)(high << 4 | low);
}

static struct str decode(struct arena *arena, struct str text)
{
	char *decoded = arena_alloc(arena, text.len);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++)
		decoded[len++] = decode_byte(text, &i);
	return (struct str){ decoded, len };
}

/* On one line, of valid characters. */
static struct str clean(struct arena *arena, struct str text)
{
	char *cleaned = arena_alloc(arena, text.len);

	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		cleaned[i] = (unsigned char)c < ' ' || c == 0x7f ? ' ' : c;
	}
	return str_trim(utf8_repair(arena, (struct str){ cleaned, text.len }));
}

void form_add(struct arena *arena, struct form *form, struct str name, struct str value)
{
	struct form_field field;

	if (form->len == FORM_FIELDS_MAX || name.len > FORM_TEXT_MAX || value.len > FORM_TEXT_MAX)
		return;
	field = (struct form_field){ clean(arena, name), clean(arena, value) };
	if (field.value.len <= FORM_VALUE_MAX)
		vec_push(arena, form, field);
}

void form_parse(struct arena *arena, struct str text, struct form *form_r)
{
	struct str rest = str_prefix(text, FORM_TEXT_MAX), piece;

	*form_r = (struct form){ 0 };
	while (rest.len > 0 && form_r->len < FORM_FIELDS_MAX &&
	       str_next_piece(&rest, '&', &piece)) {
		ptrdiff_t equals = str_find_char(piece, '=');

		if (equals > 0)
			form_add(arena, form_r, decode(arena, str_prefix(piece, (size_t)equals)),
			         decode(arena, str_from_offset(piece, (size_t)equals + 1)));
	}
}

struct str form_get(const struct form *form, const char *name)
{
	const struct form_field *field;

	vec_foreach (form, field)
		if (field->value.len > 0 && str_eq(field->name, str_from(name)))
			return field->value;
	return STR("");
}

int64_t form_number(const struct form *form, const char *name, int64_t max, int64_t otherwise)
{
	uint64_t number;

	return str_to_uint(form_get(form, name), (uint64_t)max, &number) ? (int64_t)number
	                                                                 : otherwise;
}

static bool stands_for_itself(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("-._~@", c) != NULL);
}

struct str form_encode(struct arena *arena, struct str text)
{
	static const char digits[] = "0123456789ABCDEF";
	struct strbuf buf;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (stands_for_itself((char)c)) {
			strbuf_add_char(&buf, (char)c);
			continue;
		}
		strbuf_add_char(&buf, '%');
		strbuf_add_char(&buf, digits[c >> 4]);
		strbuf_add_char(&buf, digits[c & 15]);
	}
	return strbuf_str(&buf);
}
