/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/calendar.h"

#include <string.h>

#include "base/strbuf.h"

enum property_kind {
	PROPERTY_TEXT,   /* has escapes */
	PROPERTY_URI,    /* as it stands */
	PROPERTY_PERSON, /* an address, with a name as the parameter CN */
};

static const struct property {
	struct str name;
	enum property_kind kind;
} properties[] = {
	{ STR_INIT("ATTACH"), PROPERTY_URI },       { STR_INIT("ATTENDEE"), PROPERTY_PERSON },
	{ STR_INIT("COMMENT"), PROPERTY_TEXT },     { STR_INIT("CONTACT"), PROPERTY_TEXT },
	{ STR_INIT("DESCRIPTION"), PROPERTY_TEXT }, { STR_INIT("LOCATION"), PROPERTY_TEXT },
	{ STR_INIT("ORGANIZER"), PROPERTY_PERSON }, { STR_INIT("SUMMARY"), PROPERTY_TEXT },
	{ STR_INIT("URL"), PROPERTY_URI },
};

static const struct property *find_property(struct str name)
{
	for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++)
		if (str_eq_ci(name, properties[i].name))
			return &properties[i];
	return NULL;
}

/* A line that begins with a blank goes on with the one before it, wherever that was broken. */
static bool next_unfolded(struct str *rest, struct strbuf *buf)
{
	struct str line;

	buf->len = 0;
	if (!str_next_line(rest, &line))
		return false;
	strbuf_add(buf, line);
	while (rest->len > 0 && (rest->data[0] == ' ' || rest->data[0] == '\t')) {
		str_next_line(rest, &line);
		strbuf_add(buf, str_from_offset(line, 1));
	}
	return true;
}

/* Where the first of the two signs stands that is not in quotes, or the end. */
static size_t find_outside_quotes(struct str line, char one, char other)
{
	bool quoted = false;
	size_t i = 0;

	for (; i < line.len; i++) {
		if (line.data[i] == '"')
			quoted = !quoted;
		else if (!quoted && (line.data[i] == one || line.data[i] == other))
			break;
	}
	return i;
}

/* Text: "\n" is a line end, and any other sign after a backslash is itself. */
static void add_text(struct strbuf *out, struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[i];

		if (c == '\\' && i + 1 < value.len) {
			c = value.data[++i];
			c = c == 'n' || c == 'N' ? '\n' : c;
		}
		strbuf_add_char(out, c);
	}
}

/* The value of a parameter: RFC 6868's "^n", "^'" and "^^". */
static void add_parameter(struct strbuf *out, struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[i];
		char next = i + 1 < value.len ? value.data[i + 1] : '\0';

		if (c == '"')
			continue;
		if (c == '^' && (next == 'n' || next == '\'' || next == '^')) {
			c = next == 'n' ? '\n' : next == '\'' ? '"' : '^';
			i++;
		}
		strbuf_add_char(out, c);
	}
}

static void add_name_of_person(struct strbuf *out, struct str parameters)
{
	while (parameters.len > 0) {
		size_t len = find_outside_quotes(parameters, ';', ';');
		struct str parameter = str_prefix(parameters, len);

		parameters = str_from_offset(parameters, len < parameters.len ? len + 1 : len);
		if (!str_starts_ci(parameter, STR("CN=")))
			continue;
		add_parameter(out, str_from_offset(parameter, strlen("CN=")));
		strbuf_add_char(out, ' ');
	}
}

static bool is_address(struct str value)
{
	ptrdiff_t colon = str_find_char(value, ':');

	return colon > 0 && str_find_char(value, '/') == colon + 1;
}

static void add_value(struct strbuf *out, enum property_kind kind, struct str parameters,
                      struct str value)
{
	switch (kind) {
	case PROPERTY_TEXT:
		add_text(out, value);
		break;
	case PROPERTY_URI:
		/* Other attachments are in BASE64, or in another part. */
		if (!is_address(value))
			return;
		strbuf_add(out, value);
		break;
	case PROPERTY_PERSON:
		add_name_of_person(out, parameters);
		strbuf_add(out, str_starts_ci(value, STR("mailto:"))
		                        ? str_from_offset(value, strlen("mailto:"))
		                        : value);
		break;
	}
	strbuf_add_char(out, '\n');
}

/* "NAME;PARAMETER=VALUE:value" */
static void add_line(struct strbuf *out, struct str line)
{
	size_t name = find_outside_quotes(line, ';', ':');
	size_t colon = find_outside_quotes(line, ':', ':');
	const struct property *property = find_property(str_prefix(line, name));
	struct str parameters = STR("");

	if (property == NULL || colon == line.len)
		return;
	if (name < colon)
		parameters = str_prefix(str_from_offset(line, name + 1), colon - name - 1);
	add_value(out, property->kind, parameters, str_trim(str_from_offset(line, colon + 1)));
}

struct str calendar_text(struct arena *arena, struct str text)
{
	struct strbuf line, out;

	strbuf_init(&line, arena);
	strbuf_init(&out, arena);
	while (next_unfolded(&text, &line))
		add_line(&out, strbuf_str(&line));
	return strbuf_str(&out);
}
