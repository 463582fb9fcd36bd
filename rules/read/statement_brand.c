/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/read/statement.h"

/* "brand NAME DOMAIN…"; of brand_alone the name is a word, too. More domains of a name add to it.
 */
void statement_brand(struct statement *statement)
{
	struct ruleset *set = statement->set;
	struct str name, domain;
	struct brand *brand;

	if (!statement_word(statement, "the name of a brand", &name))
		return;
	brand = brand_named(set->arena, &set->brands, name);
	if (brand->letters.len == 0) {
		statement_warn(statement, name.data, "a name has letters or digits");
		return;
	}
	brand->alone = brand->alone || statement->kind->argument != NULL;
	if (statement->value.len == 0)
		statement_warn(statement, name.data, "a domain of the brand is missing");
	while (str_next_word(&statement->value, &domain)) {
		if (str_find_char(domain, '.') < 1)
			statement_warn(statement, domain.data, "'%.*s' is no domain",
			               STR_FMT(domain));
		else
			brand_add_domain(set->arena, &set->brands, brand,
			                 arena_str_lower(set->arena, domain));
	}
}

/* "brand_words support team …": what may stand beside a name that is a word. */
void statement_brand_words(struct statement *statement)
{
	struct ruleset *set = statement->set;
	struct str word;

	while (str_next_word(&statement->value, &word))
		map_set(set->brands.words, arena_str_lower(set->arena, word), set);
}

/* "unbrand NAME…" */
void statement_unbrand(struct statement *statement)
{
	struct str name;

	if (!statement_word(statement, "the name of a brand", &name))
		return;
	do
		brand_forget(&statement->set->brands, name);
	while (str_next_word(&statement->value, &name));
}
