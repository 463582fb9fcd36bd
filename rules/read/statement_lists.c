/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/model/address_list.h"
#include "rules/model/host_list.h"
#include "rules/model/plugin.h"
#include "rules/read/statement.h"

static struct address_list *list_named(struct ruleset *set, struct str name)
{
	struct address_list *list = map_get(set->address_lists, name);

	if (list == NULL) {
		list = address_list_new(set->arena);
		map_set(set->address_lists, arena_str(set->arena, name), list);
	}
	return list;
}

static bool has_value(struct statement *statement, const char *what)
{
	if (statement->value.len > 0)
		return true;
	statement_warn(statement, statement->value.data, "%s missing here", what);
	return false;
}

void statement_add_addresses(struct statement *statement)
{
	struct address_list *list = list_named(statement->set, str_from(statement->kind->argument));
	struct str word;

	if (!has_value(statement, "an address is"))
		return;
	while (str_next_word(&statement->value, &word))
		address_list_add(statement->set->arena, list, word, STR(""));
}

/* A subject pattern: the whole value, spaces included; it may be found anywhere in a subject. */
void statement_add_subject(struct statement *statement)
{
	struct ruleset *set = statement->set;

	if (has_value(statement, "a subject is"))
		address_list_add(set->arena, list_named(set, str_from(statement->kind->argument)),
		                 arena_printf(set->arena, "*%.*s*", STR_FMT(statement->value)),
		                 STR(""));
}

/* Removes from the list of the argument, and from the same one with "def_". */
void statement_remove_addresses(struct statement *statement)
{
	struct ruleset *set = statement->set;
	struct str name = str_from(statement->kind->argument);
	struct address_list *list = list_named(set, name);
	struct address_list *defaults =
		map_get(set->address_lists, arena_printf(set->arena, "def_%.*s", STR_FMT(name)));
	struct str word;

	if (!has_value(statement, "an address is"))
		return;
	while (str_next_word(&statement->value, &word)) {
		address_list_remove(set->arena, list, word);
		if (defaults != NULL)
			address_list_remove(set->arena, defaults, word);
	}
}

/* "ADDRESS DOMAIN": the address counts only if the mail came through a relay of the domain. */
void statement_add_address_relay(struct statement *statement)
{
	struct address_list *list = list_named(statement->set, str_from(statement->kind->argument));
	struct str address, domain, more;

	if (!statement_word(statement, "an address", &address))
		return;
	if (!str_next_word(&statement->value, &domain)) {
		/* DKIM's lists may leave out the signer: then it is the address's own domain. */
		if (str_ends_ci(str_from(statement->kind->argument), STR("dkim")))
			address_list_add(statement->set->arena, list, address, STR(""));
		else
			statement_warn(statement, address.data + address.len,
			               "the domain of the relay is missing");
		return;
	}
	if (str_next_word(&statement->value, &more))
		statement_warn(statement, more.data, "one address and one domain belong here");
	else
		address_list_add(statement->set->arena, list, address, domain);
}

/* "(NAME) words": puts the name into *name_r. */
static bool list_in_parentheses(struct statement *statement, struct str *name_r)
{
	struct str value = statement->value;
	ptrdiff_t close = str_find_char(value, ')');

	if (value.len == 0 || value.data[0] != '(' || close < 2) {
		statement_warn(statement, value.data,
		               "the name of a list in parentheses is missing");
		return false;
	}
	*name_r = (struct str){ value.data + 1, (size_t)close - 1 };
	statement->value = str_trim_left(str_from_offset(value, (size_t)close + 1));
	return has_value(statement, "what to list is");
}

void statement_enlist_addresses(struct statement *statement)
{
	struct str name, word;

	if (!list_in_parentheses(statement, &name))
		return;
	while (str_next_word(&statement->value, &word))
		address_list_add(statement->set->arena, list_named(statement->set, name), word,
		                 STR(""));
}

static struct map *hosts_named(struct ruleset *set, struct str name)
{
	struct map *hosts = map_get(set->uri_host_lists, name);

	if (hosts == NULL) {
		hosts = map_new(set->arena, MAP_EXACT);
		map_set(set->uri_host_lists, arena_str(set->arena, name), hosts);
	}
	return hosts;
}

static void set_hosts(struct statement *statement, struct map *hosts, bool list)
{
	struct str rest = statement->value, word;

	while (str_next_word(&rest, &word)) {
		enum host_listing listing = list ? HOST_LISTED : HOST_UNLISTED;

		if (str_starts(word, STR("!"))) {
			word = str_from_offset(word, 1);
			listing = list ? HOST_EXEMPT : HOST_UNLISTED;
		}
		host_list_set(statement->set->arena, hosts, word, listing);
	}
}

void statement_enlist_uri_hosts(struct statement *statement)
{
	struct str name;

	if (list_in_parentheses(statement, &name))
		set_hosts(statement, hosts_named(statement->set, name), true);
}

void statement_list_uri_hosts(struct statement *statement)
{
	if (has_value(statement, "a host is"))
		set_hosts(statement,
		          hosts_named(statement->set, str_from(statement->kind->argument)), true);
}

/* Without a list's name: off all of them. */
void statement_delist_uri_hosts(struct statement *statement)
{
	const struct map *lists = statement->set->uri_host_lists;
	struct str name;

	if (!has_value(statement, "a host is"))
		return;
	if (statement->value.data[0] == '(') {
		if (list_in_parentheses(statement, &name))
			set_hosts(statement, hosts_named(statement->set, name), false);
		return;
	}
	for (size_t i = 0; i < map_len(lists); i++)
		set_hosts(statement, map_at(lists, i, &name), false);
}

void statement_keep_words(struct statement *statement)
{
	struct ruleset *set = statement->set;
	struct str name = str_from(statement->kind->argument);
	struct str_list *words = map_get(set->words, name);
	struct str word;

	if (words == NULL) {
		words = arena_new_object(set->arena, struct str_list);
		map_set(set->words, name, words);
	}
	while (str_next_word(&statement->value, &word))
		vec_push(set->arena, words, word);
}

/* TextCat's "all" is the same as nothing. */
void statement_ok_languages(struct statement *statement)
{
	bool all = str_eq(str_trim(statement->value), STR("all"));

	statement_keep_words(statement);
	if (!all)
		statement_count_idle(statement, "languages are not guessed; only "
		                                "check_body_8bits() goes by it");
}

void statement_loadplugin(struct statement *statement)
{
	struct str name;

	if (statement_word(statement, "the plugin's name", &name))
		plugin_load(statement->set, name);
}

/* HTML is read here without any; parts of other kinds are not. */
void statement_loadhandler(struct statement *statement)
{
	struct str name;

	if (!statement_word(statement, "the handler's name", &name))
		return;
	if (str_eq(name, STR("Mail::SpamAssassin::Handler::HTML")))
		plugin_load(statement->set, name);
	else
		statement_ignore(statement);
}

void statement_enable_compat(struct statement *statement)
{
	struct str name;

	if (statement_word(statement, "the name of the old behaviour", &name))
		map_set(statement->set->compat, name, statement->set);
}

static void count_ignored(struct statement *statement, const char *reason, bool some)
{
	struct ruleset *set = statement->set;
	struct ruleset_ignored_statement ignored = {
		.name = statement->keyword,
		.reason = reason,
		.at = source_line_position(statement->line, statement->line->text.data),
		.count = 1,
		.some = some,
	};

	for (size_t i = 0; i < set->ignored.len; i++) {
		if (str_eq(set->ignored.items[i].name, ignored.name) &&
		    (!some || strcmp(set->ignored.items[i].reason, reason) == 0)) {
			set->ignored.items[i].count++;
			return;
		}
	}
	vec_push(set->arena, &set->ignored, ignored);
}

void statement_ignore(struct statement *statement)
{
	count_ignored(statement, statement->kind->argument, false);
}

void statement_count_idle(struct statement *statement, const char *reason)
{
	count_ignored(statement, reason, true);
}
