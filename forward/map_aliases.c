/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * aliases:PATH, in the syntax of aliases(5): "name: value, value". Its commands and files count as
 * mailboxes: what goes there stays here. "owner-list:" is an alias like any other; it names the
 * sender of what a list sends, which concerns the MTA alone.
 */
#include "forward/table.h"
#include "forward/targets.h"

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

static void add_alias(const struct map_load *load, struct table *aliases,
                      const struct logical_line *line)
{
	struct table_entry *alias;
	struct str name, value;

	if (line->orphan || !split_alias(line->text, &name, &value)) {
		problems_add(load->problems, PROBLEM_ERROR, &line->at,
		             "is not an alias; write \"name: value, value\"");
		return;
	}
	if (!check_alias(load, line, name, value))
		return;
	alias = table_add(load, aliases, name, line);
	if (alias == NULL)
		return;
	/* Sendmail ends the alias there and leaves out the rest. */
	if (line->interrupted)
		target_list_doubt(load->arena, &alias->targets, &line->at,
		                  "goes on after a comment or an empty line");
	targets_parse(load, TARGETS_ALIASES, line, value, &alias->targets);
}

static void *aliases_open(const struct map_load *load, struct str spec)
{
	struct table *aliases = table_new(load->arena);
	struct line_reader reader;
	struct logical_line line;

	if (!table_read(load, spec, &reader))
		return NULL;
	while (lines_next(&reader, &line))
		add_alias(load, aliases, &line);
	return aliases;
}

const struct forward_map_type forward_map_aliases = {
	.name = "aliases",
	.keys = MAP_KEYS_LOCAL,
	.open = aliases_open,
	.lookup = table_lookup,
};
