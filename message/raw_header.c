/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/raw_header.h"

#include "base/map.h"

/* Bytes of the line at the start of `s`, its end included. */
static size_t line_len(struct str s)
{
	ptrdiff_t end = str_find_char(s, '\n');

	return end < 0 ? s.len : (size_t)end + 1;
}

static size_t field_len(struct str s)
{
	size_t len = line_len(s);

	while (len < s.len && (s.data[len] == ' ' || s.data[len] == '\t'))
		len += line_len(str_from_offset(s, len));
	return len;
}

static struct str without_line_end(struct str s)
{
	if (s.len > 0 && s.data[s.len - 1] == '\n')
		s.len--;
	if (s.len > 0 && s.data[s.len - 1] == '\r')
		s.len--;
	return s;
}

size_t raw_header_mbox_line(struct str text)
{
	return str_starts(text, STR("From ")) ? line_len(text) : 0;
}

struct str raw_header_split(struct arena *arena, struct str text, struct raw_field_list *fields_r)
{
	*fields_r = (struct raw_field_list){ 0 };
	while (text.len > 0 && text.data[0] != '\n' && text.data[0] != '\r') {
		struct raw_field field = { .text = str_prefix(text, field_len(text)) };
		ptrdiff_t colon = str_find_char(field.text, ':');

		if (colon <= 0)
			break;
		field.name = str_trim_right(str_prefix(field.text, (size_t)colon));
		field.value = without_line_end(str_from_offset(field.text, (size_t)colon + 1));
		vec_push(arena, fields_r, field);
		text = str_from_offset(text, field.text.len);
	}
	return text;
}

unsigned *raw_header_indexes(struct arena *arena, const struct raw_field_list *fields)
{
	unsigned *indexes = arena_calloc(arena, fields->len, sizeof(*indexes));
	struct map *counts = map_new(arena, MAP_IGNORE_CASE);

	for (size_t i = 0; i < fields->len; i++) {
		unsigned *count = map_get(counts, fields->items[i].name);

		if (count == NULL) {
			count = arena_new_object(arena, unsigned);
			map_set(counts, fields->items[i].name, count);
		}
		indexes[i] = ++*count;
	}
	return indexes;
}
