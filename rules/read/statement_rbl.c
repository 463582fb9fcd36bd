/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dns_list.h"
#include "rules/read/statement.h"

/* The last one holds, as a whole. */
void statement_keep_text(struct statement *statement)
{
	struct ruleset *set = statement->set;
	struct str_list *words = arena_new_object(set->arena, struct str_list);

	if (statement->value.len == 0) {
		statement_warn(statement, statement->value.data, "a value is missing here");
		return;
	}
	vec_push(set->arena, words, statement->value);
	map_set(set->words, str_from(statement->kind->argument), words);
}

void statement_keep_number(struct statement *statement)
{
	uint64_t number;

	if (str_to_uint(statement->value, UINT32_MAX, &number))
		statement_keep_text(statement);
	else
		statement_warn(statement, statement->value.data,
		               "a whole number belongs here, such as 0 or 300");
}

/* "RULE DOMAIN…": where the rule hits, nothing is asked below the domains for a while. */
void statement_dns_block_rule(struct statement *statement)
{
	struct ruleset *set = statement->set;
	struct ruleset_dns_block block = { 0 };
	struct str domain;

	if (!statement_word(statement, "the name of a rule", &block.rule) ||
	    !statement_word(statement, "a domain", &domain))
		return;
	do {
		if (str_starts(domain, STR(".")))
			domain = str_from_offset(domain, 1);
		if (!dns_name_valid(domain)) {
			statement_warn(statement, domain.data, "'%.*s' is no domain",
			               STR_FMT(domain));
			continue;
		}
		block.domain = dns_name_canonical(set->arena, domain);
		dns_list_set_add(set->dns_lists, block.domain, 0);
		vec_push(set->arena, &set->dns_blocks, block);
	} while (str_next_word(&statement->value, &domain));
}
