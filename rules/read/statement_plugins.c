/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/model/address_list.h"
#include "rules/model/host_list.h"
#include "rules/read/statement.h"

static struct map *shorteners(struct ruleset *set)
{
	struct map *hosts = map_get(set->uri_host_lists, HOST_LIST_SHORTENERS);

	if (hosts == NULL) {
		hosts = map_new(set->arena, MAP_EXACT);
		map_set(set->uri_host_lists, HOST_LIST_SHORTENERS, hosts);
	}
	return hosts;
}

static void set_shorteners(struct statement *statement, enum host_listing listing)
{
	struct str word;

	while (str_next_word(&statement->value, &word))
		host_list_set(statement->set->arena, shorteners(statement->set), word, listing);
}

void statement_add_shorteners(struct statement *statement)
{
	if (statement->value.len == 0)
		statement_warn(statement, statement->value.data, "a host is missing here");
	set_shorteners(statement, HOST_LISTED);
}

/* Those named, or all. */
void statement_clear_shorteners(struct statement *statement)
{
	if (statement->value.len == 0)
		map_set(statement->set->uri_host_lists, HOST_LIST_SHORTENERS,
		        map_new(statement->set->arena, MAP_EXACT));
	set_shorteners(statement, HOST_UNLISTED);
}

/* "(OWNER) addresses": the list of the owner; NULL, with a warning, where that can't be read. */
static struct address_list *owner_list(struct statement *statement)
{
	struct ruleset *set = statement->set;
	struct str value = statement->value, name;
	ptrdiff_t close = str_find_char(value, ')');
	struct address_list *list;

	if (value.len == 0 || value.data[0] != '(' || close < 2) {
		statement_warn(statement, value.data,
		               "the name of an owner in parentheses is missing");
		return NULL;
	}
	name = arena_printf(set->arena, "%.*s%.*s", STR_FMT(ADDRESS_LIST_OWNERS), (int)close - 1,
	                    value.data + 1);
	name = arena_str_lower(set->arena, name);
	statement->value = str_trim_left(str_from_offset(value, (size_t)close + 1));
	list = map_get(set->address_lists, name);
	if (list == NULL) {
		list = address_list_new(set->arena);
		map_set(set->address_lists, name, list);
	}
	return list;
}

void statement_add_owners(struct statement *statement)
{
	struct address_list *list = owner_list(statement);
	struct str word;

	while (list != NULL && str_next_word(&statement->value, &word))
		address_list_add(statement->set->arena, list, word, STR(""));
}

void statement_remove_owners(struct statement *statement)
{
	struct address_list *list = owner_list(statement);
	struct str word;

	while (list != NULL && str_next_word(&statement->value, &word))
		address_list_remove(statement->set->arena, list, word);
}

void statement_spoof_level(struct statement *statement)
{
	struct ruleset *set = statement->set;
	struct str_list *words;
	uint64_t level;

	if (!str_to_uint(statement->value, 2, &level)) {
		statement_warn(statement, statement->value.data, "0, 1 or 2 belongs here");
		return;
	}
	words = arena_new_object(set->arena, struct str_list);
	vec_push(set->arena, words, statement->value);
	map_set(set->words, STR("fns_check"), words);
}
