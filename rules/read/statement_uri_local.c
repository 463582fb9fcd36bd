/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "uri_block_cc NAME de !at …" and its kin add to one rule what its links must not lead to. */
#include "base/strbuf.h"
#include "rules/model/uri_local_rule.h"
#include "rules/read/statement.h"

/* What the rule says so far; made, and the rule defined, where it says nothing yet. */
static struct uri_local_rule *rule_data(struct statement *statement, struct rule *rule)
{
	struct ruleset *set = statement->set;
	struct uri_local_rule *local;

	for (size_t i = 0; i < set->uri_local_rules.len; i++)
		if (set->uri_local_rules.items[i] == rule->ask)
			return set->uri_local_rules.items[i];
	local = arena_new_object(set->arena, struct uri_local_rule);
	statement_define(statement, rule, RULE_ASK);
	rule->ask = local;
	local->rule = rule;
	vec_push(set->arena, &set->uri_local_rules, local);
	return local;
}

static bool is_code(struct str code)
{
	return code.len == 2 && char_is_alnum(code.data[0]) && !char_is_digit(code.data[0]) &&
	       char_is_alnum(code.data[1]);
}

static struct str in_capitals(struct arena *arena, struct str text)
{
	struct strbuf out;

	strbuf_init(&out, arena);
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (!char_is_space(c))
			strbuf_add_char(&out, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
	}
	return strbuf_str(&out);
}

/* Codes of two letters; all of them with "!", or none. */
static void add_places(struct statement *statement, struct uri_local_places *places)
{
	struct str word;

	while (str_next_word(&statement->value, &word)) {
		bool other = word.data[0] == '!';
		struct str code = other ? str_from_offset(word, 1) : word;

		if (!is_code(code)) {
			statement_warn(statement, word.data, "'%.*s' is no code of two letters",
			               STR_FMT(word));
			return;
		}
		if (places->codes.len > 0 && places->others != other) {
			statement_warn(statement, word.data,
			               "codes with ! and without can't be together");
			return;
		}
		places->others = other;
		vec_push(statement->set->arena, &places->codes,
		         in_capitals(statement->set->arena, code));
	}
}

/* Names, those with spaces in quotes. */
static void add_providers(struct statement *statement, struct str_list *providers)
{
	struct arena *arena = statement->set->arena;
	struct str rest = str_trim(statement->value), name;

	while (rest.len > 0) {
		ptrdiff_t close =
			rest.data[0] == '"' ? str_find_char(str_from_offset(rest, 1), '"') : -1;

		if (close >= 0) {
			name = (struct str){ rest.data + 1, (size_t)close };
			rest = str_from_offset(rest, (size_t)close + 2);
		} else {
			str_next_word(&rest, &name);
		}
		vec_push(arena, providers, in_capitals(arena, name));
		rest = str_trim_left(rest);
	}
}

static void add_networks(struct statement *statement, struct network_list *networks)
{
	struct error error;

	if (!networks_parse(statement->set->arena, statement->value, networks, &error))
		statement_warn(statement, statement->value.data, "%s", error.text);
}

static void add_excluded(struct statement *statement, struct str_list *excluded)
{
	struct arena *arena = statement->set->arena;
	struct str word;

	while (str_next_word(&statement->value, &word))
		vec_push(arena, excluded, arena_str_lower(arena, word));
}

void statement_uri_local(struct statement *statement)
{
	struct str what = str_from(statement->kind->argument);
	struct rule *rule = statement_named_rule(statement);
	struct uri_local_rule *local;

	if (rule == NULL)
		return;
	local = rule_data(statement, rule);
	if (str_eq(what, STR("cc")))
		add_places(statement, &local->countries);
	else if (str_eq(what, STR("cont")))
		add_places(statement, &local->continents);
	else if (str_eq(what, STR("isp")))
		add_providers(statement, &local->providers);
	else if (str_eq(what, STR("cidr")))
		add_networks(statement, &local->networks);
	else
		add_excluded(statement, &local->excluded);
}
