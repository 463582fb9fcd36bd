/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements about lists that are asked for the hosts of URIs. */
#include "message/uri.h"
#include "rules/model/host_list.h"
#include "rules/read/statement.h"

static const struct {
	const char *name;
	enum uribl_target target;
	bool has_subtest;
} list_statements[] = {
	{ "urirhsbl", URIBL_HOST, false },          { "urirhssub", URIBL_HOST, true },
	{ "uridnsbl", URIBL_ADDRESS, false },       { "uridnssub", URIBL_ADDRESS, true },
	{ "urinsrhsbl", URIBL_NS_DOMAIN, false },   { "urinsrhssub", URIBL_NS_DOMAIN, true },
	{ "urifullnsrhsbl", URIBL_NS_HOST, false }, { "urifullnsrhssub", URIBL_NS_HOST, true },
};

/* "NAME ZONE TYPE": what all of them have. */
static struct rule *take_list(struct statement *statement, struct uribl_rule *list)
{
	struct str name, zone, type;

	if (!statement_word(statement, "the rule's name", &name) ||
	    !statement_word(statement, "the list's zone", &zone) ||
	    !statement_word(statement, "A or TXT", &type))
		return NULL;
	if (!rule_name_valid(name)) {
		statement_warn(statement, name.data, "'%.*s' is no name of a rule", STR_FMT(name));
		return NULL;
	}
	if (!dns_list_name_valid(zone)) {
		statement_warn(statement, zone.data,
		               "'%.*s' is no domain; write the list's zone, such as "
		               "dbl.example.org",
		               STR_FMT(zone));
		return NULL;
	}
	zone = dns_name_canonical(statement->set->arena, zone);
	list->zone = uri_host_to_ascii(statement->set->arena, zone);
	list->type = str_eq_ci(type, STR("TXT")) ? DNS_TXT : DNS_A;
	if (list->type == DNS_A && !str_eq_ci(type, STR("A"))) {
		statement_warn(statement, type.data,
		               "'%.*s' is nothing that lists are asked for; A and TXT are",
		               STR_FMT(type));
		return NULL;
	}
	return ruleset_rule(statement->set, name);
}

static bool take_subtest(struct statement *statement, struct uribl_rule *list)
{
	if (!statement_word(statement, "what the answer must be", &list->subtest_text))
		return false;
	if (dns_subtest_parse(list->subtest_text, &list->subtest))
		return true;
	statement_warn(statement, list->subtest_text.data,
	               "'%.*s' is no test of an answer; write an address, two with - or / between "
	               "them, or a number for its bits",
	               STR_FMT(list->subtest_text));
	return false;
}

void statement_uribl(struct statement *statement)
{
	struct uribl_rule *list = arena_new_object(statement->set->arena, struct uribl_rule);
	struct rule *rule = take_list(statement, list);
	struct str more;
	size_t i = 0;

	if (rule == NULL)
		return;
	while (!str_eq(str_from(list_statements[i].name), str_from(statement->kind->name)))
		i++;
	list->target = list_statements[i].target;
	if (list_statements[i].has_subtest && !take_subtest(statement, list))
		return;
	if (str_next_word(&statement->value, &more))
		statement_warn(statement, more.data, "nothing belongs here");
	else
		rule->uribl = list;
}

static void set_skipped(struct statement *statement, enum host_listing listing)
{
	struct ruleset *set = statement->set;
	struct str word;

	while (str_next_word(&statement->value, &word))
		host_list_set(set->arena, set->uribl.skipped, word, listing);
}

void statement_skip_domains(struct statement *statement)
{
	if (statement->value.len == 0)
		statement_warn(statement, statement->value.data, "a domain is missing here");
	set_skipped(statement, HOST_LISTED);
}

/* Those named, or all. */
void statement_unskip_domains(struct statement *statement)
{
	if (statement->value.len == 0)
		statement->set->uribl.skipped = map_new(statement->set->arena, MAP_EXACT);
	set_skipped(statement, HOST_UNLISTED);
}

void statement_uribl_max(struct statement *statement)
{
	if (!str_to_uint(statement->value, UINT32_MAX, &statement->set->uribl.max_hosts))
		statement_warn(statement, statement->value.data, "write a number of domains");
}

/* 0 or 1. */
void statement_uribl_switch(struct statement *statement)
{
	struct uribl_settings *uribl = &statement->set->uribl;
	uint64_t value;

	if (!str_to_uint(statement->value, 1, &value)) {
		statement_warn(statement, statement->value.data, "'%.*s' is neither 0 nor 1",
		               STR_FMT(statement->value));
	} else if (str_eq(statement->keyword, STR("skip_uribl_checks"))) {
		uribl->off = value == 1;
	} else if (str_eq(statement->keyword, STR("parse_dkim_uris"))) {
		uribl->no_signers = value == 0;
	} else {
		uribl->asks_addresses = value == 0;
	}
}
