/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/table.h"

bool table_read(const struct map_load *load, struct str spec, struct line_reader *reader_r)
{
	const char *path = arena_cstr(load->arena, spec);
	struct error err;
	struct str text;

	if (!files_read(load->files, load->arena, path, &text, &err))
		return problems_add(load->problems, PROBLEM_ERROR, NULL, "%s", err.text);
	lines_init(reader_r, load->arena, path, text);
	return true;
}

struct table_entry *table_add(const struct map_load *load, struct map *entries, struct str name,
                              struct str key, const struct source_position *at)
{
	struct table_entry *entry = map_get(entries, key);

	if (entry != NULL) {
		problems_add(load->problems, PROBLEM_WARNING, at,
		             "\"%.*s\" is in line %u already; this one is not used", STR_FMT(name),
		             entry->at.line);
		return NULL;
	}
	entry = arena_new_object(load->arena, struct table_entry);
	entry->at = *at;
	map_set(entries, key, entry);
	return entry;
}

enum lookup_result table_lookup(struct arena *arena, void *entries, struct str key,
                                struct target_list *targets_r)
{
	const struct table_entry *entry = map_get(entries, key);

	(void)arena;
	if (entry == NULL || entry->targets.len == 0)
		return LOOKUP_NONE;
	*targets_r = entry->targets;
	return LOOKUP_FOUND;
}
