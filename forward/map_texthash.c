/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * texthash:PATH, the source text of a virtual(5) table, or of Sendmail's virtusertable with its
 * "error:" for addresses that are refused, so that nothing of theirs leaves. Malformed lines are
 * errors, although postmap skips them: an edit that went wrong must not silently turn a forward
 * into a mailbox.
 */
#include "forward/address.h"
#include "forward/table.h"
#include "forward/targets.h"

struct texthash {
	const struct map_load *load;
	struct table *table;
};

/* The key ends at white space outside of quotes. */
static struct str split_key(struct str line, struct str *value_r)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < line.len; i++) {
		if (line.data[i] == '"')
			quoted = !quoted;
		else if (line.data[i] == '\\')
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

static void add_entry(struct texthash *texthash, const struct logical_line *line, struct str key,
                      struct str value)
{
	const struct map_load *load = texthash->load;
	struct table_entry *entry = table_add(load, texthash->table, key, line);
	bool domain_line = is_domain_line(key, value);
	struct error ignored;

	if (entry == NULL)
		return;
	note_domain(load, address_key(load->arena, key), domain_line, entry);
	if (str_starts_ci(value, STR("error:"))) {
		struct target refused = { TARGET_MAILBOX, value, line->at };

		vec_push(load->arena, &entry->targets, refused);
		return;
	}
	/* It may be "first.last user" too; else what follows a domain is just a remark. */
	if (!domain_line)
		targets_parse(load, TARGETS_VIRTUAL, line, value, &entry->targets);
	else if (!targets_parse_answer(load->arena, value, &line->at, &entry->targets, &ignored))
		entry->targets.len = 0;
}

static void *texthash_open(const struct map_load *load, struct str spec)
{
	struct texthash texthash = { load, table_new(load->arena) };
	struct line_reader reader;
	struct logical_line line;

	if (!table_read(load, spec, &reader))
		return NULL;
	while (lines_next(&reader, &line)) {
		struct str value, key = split_key(line.text, &value);

		if (check_key(load, &line, key, value))
			add_entry(&texthash, &line, key, value);
	}
	return texthash.table;
}

const struct forward_map_type forward_map_texthash = {
	.name = "texthash",
	.keys = MAP_KEYS_ADDRESS,
	.open = texthash_open,
	.lookup = table_lookup,
};
