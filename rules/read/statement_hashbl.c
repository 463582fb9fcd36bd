/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements about lists that are asked for hashes. */
#include "base/strbuf.h"
#include "rules/model/host_list.h"
#include "rules/read/statement.h"

/* The front of the statements that name the domains of an ACL, and the longest name of one. */
#define ACL          STR("hashbl_acl_")
#define ACL_NAME_MAX 32

void statement_hashbl_ignore(struct statement *statement)
{
	struct ruleset *set = statement->set;
	struct str word;

	if (statement->value.len == 0)
		statement_warn(statement, statement->value.data,
		               "what is not to be asked for is missing here");
	while (str_next_word(&statement->value, &word))
		host_list_set(set->arena, set->hashbl.ignored, word, HOST_LISTED);
}

/* "hashbl_acl_NAME domain … !domain": what is named with ! stays out, wherever else it is named. */
void statement_hashbl_acl(struct statement *statement)
{
	struct ruleset *set = statement->set;
	struct str name = str_from_offset(statement->keyword, ACL.len), word;
	struct map *domains = map_get(set->hashbl.acls, name);

	if (name.len == 0 || name.len > ACL_NAME_MAX || str_find_char(name, '_') >= 0) {
		statement_warn(statement, statement->line->text.data,
		               "'%.*s' is no name of an ACL: letters and digits, up to %d",
		               STR_FMT(name), ACL_NAME_MAX);
		return;
	}
	if (domains == NULL) {
		domains = map_new(set->arena, MAP_EXACT);
		map_set(set->hashbl.acls, arena_str(set->arena, name), domains);
	}
	while (str_next_word(&statement->value, &word)) {
		bool exempt = str_starts(word, STR("!"));
		struct str domain = arena_str_lower(set->arena, str_from_offset(word, exempt));

		if (exempt || host_list_find_exact(domains, domain) == HOST_UNLISTED)
			host_list_set(set->arena, domains, domain,
			              exempt ? HOST_EXEMPT : HOST_LISTED);
	}
}

/* "hashbl_email_domain_alias gmail.com googlemail.com …" */
void statement_hashbl_alias(struct statement *statement)
{
	struct ruleset *set = statement->set;
	struct str *domain = arena_new_object(set->arena, struct str);
	struct str alias;

	if (str_find_char(statement->value, '@') >= 0) {
		statement_warn(statement, statement->value.data,
		               "write domains without an '@' here");
		return;
	}
	if (!statement_word(statement, "a domain", domain) ||
	    !statement_word(statement, "another name of the domain", &alias))
		return;
	*domain = arena_str_lower(set->arena, *domain);
	do
		map_set(set->hashbl.aliases, arena_str_lower(set->arena, alias), domain);
	while (str_next_word(&statement->value, &alias));
}

static struct pattern *take_pattern(struct statement *statement, struct str source)
{
	struct error error;
	size_t offset;
	struct pattern *pattern =
		pattern_compile_bare(statement->set->arena, source, "", &offset, &error);

	if (statement->value.len == 0)
		statement_warn(statement, statement->value.data, "the pattern is missing");
	else if (pattern == NULL)
		statement_warn(statement, statement->value.data, "%s", error.text);
	return statement->value.len > 0 ? pattern : NULL;
}

/* A top-level domain, which is looked up in what was found; it ends the name. */
#define TLD "(?<![a-zA-Z0-9-])(?i:[a-z][a-z0-9-]*[a-z0-9])(?!(?:[a-zA-Z0-9-]|\\.[a-zA-Z0-9]))"

/* _TLDS_ stands for any top-level domain. */
void statement_hashbl_address(struct statement *statement)
{
	static const struct str mark = STR_INIT("_TLDS_");
	struct ruleset *set = statement->set;
	struct str rest = statement->value;
	struct pattern *pattern;
	struct strbuf source;
	ptrdiff_t at;

	strbuf_init(&source, set->arena);
	while ((at = str_find(rest, mark)) >= 0) {
		strbuf_add(&source, str_prefix(rest, (size_t)at));
		strbuf_add(&source, STR(TLD));
		rest = str_from_offset(rest, (size_t)at + mark.len);
	}
	strbuf_add(&source, rest);
	pattern = take_pattern(statement, strbuf_str(&source));
	if (pattern == NULL)
		return;
	set->hashbl.address = pattern;
	set->hashbl.address_checks_tld = str_find(statement->value, mark) >= 0;
}

void statement_hashbl_welcomed(struct statement *statement)
{
	struct pattern *pattern = take_pattern(statement, statement->value);

	if (pattern != NULL)
		statement->set->hashbl.welcomed = pattern;
}
