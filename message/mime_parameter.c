/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameters of Content-Type and Content-Disposition: RFC 2045 section 5.1, RFC 2231, and worse. */
#include <string.h>

#include "base/strbuf.h"
#include "message/charset.h"
#include "message/encoded_word.h"
#include "message/mime.h"

/* Continuations that are joined; more is junk. */
#define MAX_SECTIONS 64

struct parameter {
	struct str name;  /* without the section number and the asterisks */
	unsigned section; /* name*2= */
	bool extended;    /* name*= or name*2*=: percent encoding */
	struct str value;
};

static bool is_name_char(char c)
{
	return char_is_alnum(c) || c == '-' || c == '_' || c == '*' || c == '.';
}

static struct str skip(struct str s, size_t len)
{
	return str_from_offset(s, len);
}

/* "name=" with white space around the sign; *rest is then after it. */
static bool take_name(struct str *rest, struct str *name_r)
{
	size_t len = 0;
	struct str after;

	while (len < rest->len && is_name_char(rest->data[len]))
		len++;
	after = str_trim_left(skip(*rest, len));
	if (len == 0 || after.len == 0 || after.data[0] != '=')
		return false;
	*name_r = str_prefix(*rest, len);
	*rest = str_trim_left(skip(after, 1));
	return true;
}

/* The text up to the closing quote; all of it where that is missing. */
static struct str take_quoted(struct arena *arena, struct str *rest)
{
	struct strbuf buf;
	size_t i = 1;

	strbuf_init(&buf, arena);
	for (; i < rest->len && rest->data[i] != '"'; i++) {
		if (rest->data[i] == '\\' && i + 1 < rest->len)
			i++;
		strbuf_add_char(&buf, rest->data[i]);
	}
	*rest = skip(*rest, i + 1);
	return strbuf_str(&buf);
}

/*
 * Up to the semicolon: names with spaces are often not quoted. A semicolon may be missing, too:
 * a space with another "name=" after it ends the value.
 */
static struct str take_bare(struct str *rest)
{
	size_t len = 0, name = 0;
	struct str value;

	for (; len < rest->len && rest->data[len] != ';'; len++) {
		char c = rest->data[len];

		if (c == '=' && name > 0) {
			len = name;
			break;
		}
		if (char_is_space(c))
			name = len + 1;
		else if (!is_name_char(c))
			name = 0;
	}
	value = str_trim(str_prefix(*rest, len));
	*rest = skip(*rest, len);
	/* That of a quote around all of the field: "text/html; name=x". */
	if (value.len > 0 && value.data[value.len - 1] == '"')
		value.len--;
	return value;
}

static void split_section(struct parameter *parameter)
{
	struct str name = parameter->name;
	ptrdiff_t star = str_find_char(name, '*');
	struct str section;
	uint64_t number = 0;

	parameter->section = 0;
	parameter->extended = false;
	if (star < 0)
		return;
	section = skip(name, (size_t)star + 1);
	parameter->name = str_prefix(name, (size_t)star);
	parameter->extended = section.len == 0 || section.data[section.len - 1] == '*';
	if (parameter->extended && section.len > 0)
		section.len--;
	if (str_to_uint(section, MAX_SECTIONS, &number))
		parameter->section = (unsigned)number;
}

static bool next_parameter(struct arena *arena, struct str *rest, struct parameter *parameter_r)
{
	while (rest->len > 0) {
		if (!is_name_char(rest->data[0])) {
			*rest = skip(*rest, 1);
			continue;
		}
		if (!take_name(rest, &parameter_r->name)) {
			while (rest->len > 0 && is_name_char(rest->data[0]))
				*rest = skip(*rest, 1);
			continue;
		}
		split_section(parameter_r);
		if (rest->len > 0 && rest->data[0] == '"')
			parameter_r->value = take_quoted(arena, rest);
		else
			parameter_r->value = take_bare(rest);
		return true;
	}
	return false;
}

static void add_percent_decoded(struct strbuf *buf, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		int high = -1, low = -1;

		if (text.data[i] == '%' && i + 2 < text.len) {
			high = char_hex_value(text.data[i + 1]);
			low = char_hex_value(text.data[i + 2]);
		}
		if (high >= 0 && low >= 0) {
			strbuf_add_char(buf, (char)(high * 16 + low));
			i += 2;
		} else {
			strbuf_add_char(buf, text.data[i]);
		}
	}
}

/* Takes "charset'language'" from the front of an extended value. */
static struct str take_charset(struct str *value)
{
	ptrdiff_t first = str_find_char(*value, '\'');
	ptrdiff_t second;
	struct str charset;

	if (first < 0)
		return STR("");
	second = str_find_char(skip(*value, (size_t)first + 1), '\'');
	if (second < 0)
		return STR("");
	charset = str_prefix(*value, (size_t)first);
	*value = skip(*value, (size_t)(first + second) + 2);
	return charset;
}

static struct str join_sections(struct arena *arena, const struct parameter *sections)
{
	struct strbuf buf;
	struct str charset = STR("");

	strbuf_init(&buf, arena);
	for (unsigned i = 0; i <= MAX_SECTIONS; i++) {
		struct str value = sections[i].value;

		if (value.data == NULL)
			continue;
		if (sections[i].extended && buf.len == 0)
			charset = take_charset(&value);
		if (sections[i].extended)
			add_percent_decoded(&buf, value);
		else
			strbuf_add(&buf, value);
	}
	return charset_to_utf8(arena, strbuf_str(&buf), charset, NULL);
}

struct str mime_parameter(struct arena *arena, struct str field_value, struct str name)
{
	struct parameter sections[MAX_SECTIONS + 1], parameter;
	struct str rest = field_value;
	bool found = false;

	if (field_value.len == 0)
		return STR("");
	memset(sections, 0, sizeof(sections));
	while (next_parameter(arena, &rest, &parameter)) {
		if (!str_eq_ci(parameter.name, name))
			continue;
		found = true;
		if (sections[parameter.section].value.data == NULL)
			sections[parameter.section] = parameter;
	}
	if (!found)
		return STR("");
	return encoded_word_decode(arena, join_sections(arena, sections));
}
