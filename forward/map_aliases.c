/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * aliases:PATH, in the syntax of aliases(5): "name: value, value". Its commands and files count as
 * mailboxes: what goes there stays here. "owner-list:" is an alias like any other; it names the
 * sender of what a list sends, which concerns the MTA alone.
 */
#include "forward/address.h"
#include "forward/targets.h"

struct alias {
	struct target_list targets;
	struct source_position at;
};

/* Splits "name : value" at the first colon outside of quotes; false where there is none. */
static bool split_alias(struct str line, struct str *name_r, struct str *value_r)
{
	bool quoted = false;

	for (size_t i = 0; i < line.len; i++) {
		if (line.data[i] == '"')
			quoted = !quoted;
		else if (line.data[i] == '\\' && quoted)
			i++;
		else if (line.data[i] == ':' && !quoted) {
			*name_r = str_trim(str_prefix(line, i));
			*value_r = str_trim(str_from_offset(line, i + 1));
			return true;
		}
	}
	return false;
}

static bool check_alias(const struct map_load *load, const struct logical_line *line,
                        struct str name, struct str value)
{
	const char *trouble = targets_check_address(name);

	if (trouble != NULL)
		return problems_add(load->problems, PROBLEM_ERROR, &line->at,
		                    "the name \"%.*s\" %s; write \"name: value, value\"",
		                    STR_FMT(name), trouble);
	if (value.len == 0)
		return problems_add(load->problems, PROBLEM_ERROR, &line->at,
		                    "\"%.*s\" has no value; write \"name: value, value\"",
		                    STR_FMT(name));
	return true;
}

static void add_alias(const struct map_load *load, struct map *aliases,
                      const struct logical_line *line)
{
	struct str name, value, key;
	struct alias *alias;

	if (line->orphan || !split_alias(line->text, &name, &value)) {
		problems_add(load->problems, PROBLEM_ERROR, &line->at,
		             "is not an alias; write \"name: value, value\"");
		return;
	}
	if (!check_alias(load, line, name, value))
		return;
	key = address_key(load->arena, name);
	alias = map_get(aliases, key);
	if (alias != NULL) {
		problems_add(load->problems, PROBLEM_WARNING, &line->at,
		             "\"%.*s\" is in line %u already; this one is not used", STR_FMT(name),
		             alias->at.line);
		return;
	}
	alias = arena_new_object(load->arena, struct alias);
	alias->at = line->at;
	targets_parse(load, TARGETS_ALIASES, line, value, &alias->targets);
	map_set(aliases, key, alias);
}

static void *aliases_open(const struct map_load *load, struct str spec)
{
	struct map *aliases = map_new(load->arena, MAP_EXACT);
	const char *path = arena_cstr(load->arena, spec);
	struct line_reader reader;
	struct logical_line line;
	struct error err;
	struct str text;

	if (!files_read(load->files, load->arena, path, &text, &err)) {
		problems_add(load->problems, PROBLEM_ERROR, NULL, "%s", err.text);
		return NULL;
	}
	lines_init(&reader, load->arena, path, text);
	while (lines_next(&reader, &line))
		add_alias(load, aliases, &line);
	return aliases;
}

static enum lookup_result aliases_lookup(struct arena *arena, void *data, struct str key,
                                         struct target_list *targets_r)
{
	const struct alias *alias = map_get(data, key);

	(void)arena;
	if (alias == NULL || alias->targets.len == 0)
		return LOOKUP_NONE;
	*targets_r = alias->targets;
	return LOOKUP_FOUND;
}

const struct forward_map_type forward_map_aliases = {
	.name = "aliases",
	.keys = MAP_KEYS_LOCAL,
	.open = aliases_open,
	.lookup = aliases_lookup,
};
