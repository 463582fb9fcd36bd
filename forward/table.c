/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/table.h"

#include "forward/address.h"

bool table_read(const struct map_load *load, struct str spec, struct line_reader *reader_r)
{
	const char *path = arena_cstr(load->arena, spec);
	struct error err;
	struct str text;

	if (!files_read(load->files, load->arena, path, &text, &err))
		return problems_add(load->problems, PROBLEM_ERROR, NULL, "%s", err.text);
	lines_init(reader_r, load->arena, path, text);
	if (reader_r->has_mark)
		problems_add(load->problems, PROBLEM_WARNING,
		             &(struct source_position){ path, 1, 1 },
		             "begins with a byte order mark, which MTAs take for a part of the "
		             "first key; save the file without it");
	return true;
}

struct table *table_new(struct arena *arena)
{
	struct table *table = arena_new_object(arena, struct table);

	table->entries = map_new(arena, MAP_EXACT);
	return table;
}

static bool is_ascii(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] >= 0x80)
			return false;
	return true;
}

struct table_entry *table_add(const struct map_load *load, struct table *table, struct str name,
                              const struct logical_line *line)
{
	struct str key = address_key(load->arena, name);
	struct table_entry *entry = map_get(table->entries, key);
	const char *doubt;

	if (entry != NULL) {
		target_list_doubt(load->arena, &entry->targets, &entry->at, "is there twice");
		problems_add(load->problems, PROBLEM_WARNING, &line->at,
		             "\"%.*s\" is in line %u already; this one is not used, and nothing "
		             "that either forwards is dropped; remove one",
		             STR_FMT(name), entry->at.line);
		return NULL;
	}
	entry = arena_new_object(load->arena, struct table_entry);
	entry->at = line->at;
	map_set(table->entries, key, entry);
	doubt = address_doubt(load->arena, name);
	if (doubt == NULL && name.data[name.len - 1] == '.')
		doubt = "has a key with a final dot";
	if (doubt == NULL)
		doubt = line->doubt;
	if (doubt != NULL)
		target_list_doubt(load->arena, &entry->targets, &line->at, doubt);
	if (doubt != NULL && !is_ascii(name))
		table->odd_keys = entry->targets.doubt;
	return entry;
}

enum lookup_result table_lookup(struct arena *arena, void *data, struct str key,
                                struct target_list *targets_r)
{
	const struct table *table = data;
	const struct table_entry *entry = map_get(table->entries, key);

	(void)arena;
	if (!is_ascii(key))
		targets_r->doubt = table->odd_keys;
	if (entry == NULL)
		return LOOKUP_NONE;
	if (entry->targets.len == 0) {
		targets_r->doubt = entry->targets.doubt;
		return LOOKUP_NONE;
	}
	*targets_r = entry->targets;
	return LOOKUP_FOUND;
}
