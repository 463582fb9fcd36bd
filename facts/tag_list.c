/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/tag_list.h"

/* More are nobody's. */
#define TAGS_MAX 64

static bool is_name(struct str name)
{
	if (name.len == 0 || !char_is_alpha(name.data[0]))
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!char_is_alnum(name.data[i]) && name.data[i] != '_')
			return false;
	return true;
}

/* Printable ASCII and white space; UTF-8 is let in by RFC 8616 section 3. */
static bool is_value(struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.data[i];

		if (c == 0x7f || (c < ' ' && !char_is_space((char)c)))
			return false;
	}
	return true;
}

static bool add_tag(struct arena *arena, struct str text, struct str piece, struct tag_list *list,
                    const char **why_r)
{
	ptrdiff_t equals = str_find_char(piece, '=');
	struct tag *tag;
	struct str name, rest;

	if (equals < 0) {
		*why_r = "a tag has no \"=\"";
		return false;
	}
	name = str_trim(str_prefix(piece, (size_t)equals));
	rest = str_from_offset(piece, (size_t)equals + 1);
	for (size_t i = 0; i < list->len; i++) {
		if (str_eq(list->items[i].name, name)) {
			*why_r = "a tag comes twice";
			return false;
		}
	}
	*why_r = "a tag is malformed";
	if (!is_name(name) || !is_value(rest) || list->len == TAGS_MAX)
		return false;
	tag = vec_add(arena, list);
	*tag = (struct tag){ name, str_trim(rest), (size_t)(rest.data - text.data), rest.len };
	return true;
}

bool tag_list_parse(struct arena *arena, struct str text, struct tag_list *list_r,
                    const char **why_r)
{
	struct str rest = text, piece;

	*list_r = (struct tag_list){ 0 };
	while (rest.len > 0 && str_next_piece(&rest, ';', &piece)) {
		/* Only the last may be empty: a semicolon may end the list. */
		if (str_trim(piece).len == 0 && str_trim(rest).len == 0)
			break;
		if (!add_tag(arena, text, piece, list_r, why_r))
			return false;
	}
	*why_r = "there are no tags";
	return list_r->len > 0;
}

const struct tag *tag_list_find(const struct tag_list *list, const char *name)
{
	for (size_t i = 0; i < list->len; i++)
		if (str_eq(list->items[i].name, str_from(name)))
			return &list->items[i];
	return NULL;
}

struct str tag_list_value(const struct tag_list *list, const char *name, struct str otherwise)
{
	const struct tag *tag = tag_list_find(list, name);

	return tag != NULL ? tag->value : otherwise;
}

bool tag_value_has(struct str value, struct str word)
{
	struct str piece;

	while (value.len > 0 && str_next_piece(&value, ':', &piece))
		if (str_eq_ci(str_trim(piece), word))
			return true;
	return false;
}

struct str tag_value_packed(struct arena *arena, struct str value)
{
	char *packed = arena_alloc(arena, value.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < value.len; i++)
		if (!char_is_space(value.data[i]))
			packed[len++] = value.data[i];
	packed[len] = '\0';
	return (struct str){ packed, len };
}
