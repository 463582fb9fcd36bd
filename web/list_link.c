/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/list_link.h"

struct str list_link_text(struct arena *arena, const struct people_entry *entry)
{
	return arena_printf(arena, "%c%.*s", entry->list == PEOPLE_BLOCKED ? '-' : '+',
	                    STR_FMT(entry->pattern));
}

bool list_link_read(struct arena *arena, struct str text, struct people_entry *entry_r,
                    struct error *err_r)
{
	*entry_r = (struct people_entry){ 0 };
	if (text.len < 2 || (text.data[0] != '+' && text.data[0] != '-'))
		return error_set(err_r, "the link is for no entry of a list");
	entry_r->list = text.data[0] == '-' ? PEOPLE_BLOCKED : PEOPLE_WELCOMED;
	return people_pattern(arena, str_from_offset(text, 1), &entry_r->pattern, err_r);
}
