/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements about URIs: redirectors, and where domains are registered. */
#include "rules/read/statement.h"

void statement_redirector(struct statement *statement)
{
	struct ruleset *set = statement->set;
	struct error error;
	struct pattern *pattern;
	size_t offset;

	if (statement->value.len == 0) {
		statement_warn(statement, statement->value.data, "the pattern is missing");
		return;
	}
	pattern = pattern_compile(set->arena, statement->value, &offset, &error);
	if (pattern != NULL)
		vec_push(set->arena, &set->redirectors, pattern);
	else
		statement_warn(statement, statement->value.data + offset,
		               "%s; the redirector is not looked for", error.text);
}

/* The map of the domains with this many labels. */
static const struct map **domains_of(struct ruleset *set, size_t labels)
{
	if (labels == 1)
		return &set->domains.top_level;
	if (labels == 2)
		return &set->domains.two_level;
	return labels == 3 ? &set->domains.three_level : &set->domains.four_level;
}

static size_t count_labels(struct str name)
{
	size_t count = 1;

	for (size_t i = 0; i < name.len; i++)
		count += name.data[i] == '.';
	return count;
}

/* "util_rb_2tld co.uk com.au": the argument is the number of labels. */
void statement_domains(struct statement *statement)
{
	struct ruleset *set = statement->set;
	size_t labels = (size_t)(statement->kind->argument[0] - '0');
	const struct map **domains = domains_of(set, labels);
	struct map *map = (struct map *)*domains;
	struct str name;

	if (map == NULL)
		*domains = map = map_new(set->arena, MAP_EXACT);
	while (str_next_word(&statement->value, &name)) {
		if (count_labels(name) == labels)
			map_set(map, uri_host_to_ascii(set->arena, name), set);
		else
			statement_warn(statement, name.data,
			               "'%.*s' is left out; names of %zu parts belong here",
			               STR_FMT(name), labels);
	}
}

void statement_clear_domains(struct statement *statement)
{
	statement->set->domains = (struct uri_domains){ 0 };
}
