/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * texthash:PATH, the source text of a virtual(5) table. Malformed lines are errors, although
 * postmap skips them: an edit that went wrong must not silently turn a forward into a mailbox.
 */
#include "forward/address.h"
#include "forward/table.h"
#include "forward/targets.h"

struct texthash {
	const struct map_load *load;
	struct map *entries; /* by address_key() */
};

/* The key ends at white space outside of quotes. */
static struct str split_key(struct str line, struct str *value_r)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < line.len; i++) {
		if (line.data[i] == '"')
			quoted = !quoted;
		else if (line.data[i] == '\\' && quoted)
			i++;
		else if (char_is_space(line.data[i]) && !quoted)
			break;
	}
	*value_r = str_trim(str_from_offset(line, i));
	return str_prefix(line, i);
}

/* "example.com anything" says that all of the domain's addresses are in this table. */
static bool is_domain_line(struct str key, struct str value)
{
	return str_find_char(key, '@') < 0 && str_find_char(key, '.') > 0 &&
	       str_find_char(value, '@') < 0 && address_domain_valid(key);
}

static bool check_key(const struct map_load *load, const struct logical_line *line, struct str key,
                      struct str value)
{
	const char *trouble = targets_check_address(key);

	if (line->orphan)
		return problems_add(load->problems, PROBLEM_ERROR, &line->at,
		                    "begins with white space, but there is no line that it could "
		                    "continue; remove the space");
	if (value.len == 0)
		return problems_add(load->problems, PROBLEM_ERROR, &line->at,
		                    "\"%.*s\" has no value; write \"address target, target\"",
		                    STR_FMT(key));
	if (key.data[key.len - 1] == ':')
		return problems_add(load->problems, PROBLEM_ERROR, &line->at,
		                    "\"%.*s\" ends in a colon; is this an aliases file? then write "
		                    "\"aliases:%s\"",
		                    STR_FMT(key), line->at.file);
	if (trouble != NULL)
		return problems_add(load->problems, PROBLEM_ERROR, &line->at,
		                    "\"%.*s\" %s; correct or remove it", STR_FMT(key), trouble);
	return true;
}

static void note_domain(const struct map_load *load, struct str key, bool domain_line,
                        struct table_entry *entry)
{
	struct str local, domain;

	address_split(key, &local, &domain);
	if (domain.len > 0)
		map_set(load->key_domains, domain, entry);
	else if (domain_line)
		map_set(load->virtual_domains, address_fold_domain(load->arena, key), entry);
}

static void add_entry(struct texthash *table, const struct logical_line *line, struct str key,
                      struct str value)
{
	const struct map_load *load = table->load;
	struct str folded = address_key(load->arena, key);
	struct table_entry *entry = table_add(load, table->entries, key, folded, &line->at);
	bool domain_line = is_domain_line(key, value);
	struct error ignored;

	if (entry == NULL)
		return;
	note_domain(load, folded, domain_line, entry);
	/* It may be "first.last user" too; else what stands behind a domain is just a remark. */
	if (!domain_line)
		targets_parse(load, TARGETS_VIRTUAL, line, value, &entry->targets);
	else if (!targets_parse_answer(load->arena, value, &line->at, &entry->targets, &ignored))
		entry->targets.len = 0;
}

static void *texthash_open(const struct map_load *load, struct str spec)
{
	struct texthash table = { load, map_new(load->arena, MAP_EXACT) };
	struct line_reader reader;
	struct logical_line line;

	if (!table_read(load, spec, &reader))
		return NULL;
	while (lines_next(&reader, &line)) {
		struct str value, key = split_key(line.text, &value);

		if (check_key(load, &line, key, value))
			add_entry(&table, &line, key, value);
	}
	return table.entries;
}

const struct forward_map_type forward_map_texthash = {
	.name = "texthash",
	.keys = MAP_KEYS_ADDRESS,
	.open = texthash_open,
	.lookup = table_lookup,
};
