/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/whole_header.h"

const struct raw_field_list *whole_header(struct arena *arena, const struct raw_field_list *given,
                                          struct str raw, size_t added)
{
	struct raw_field_list *fields;

	if (given != NULL)
		return given;
	fields = arena_new_object(arena, struct raw_field_list);
	raw_header_split(arena, str_from_offset(raw, raw_header_mbox_line(raw)), fields);
	if (fields->len <= added) {
		fields->len = 0;
		return fields;
	}
	fields->items += added;
	fields->len -= added;
	return fields;
}
