/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements about autonomous systems. */
#include "rules/read/statement.h"

/* "_NAME_": the name; false, with a warning, for anything else. */
static bool take_tag(struct statement *statement, struct str *name_r)
{
	struct str word;

	if (!statement_word(statement, "a second tag", &word))
		return false;
	if (word.len < 3 || word.data[0] != '_' || word.data[word.len - 1] != '_') {
		statement_warn(statement, word.data, "'%.*s' is no tag; write _NAME_",
		               STR_FMT(word));
		return false;
	}
	*name_r = (struct str){ word.data + 1, word.len - 2 };
	return true;
}

/* "asn_lookup ZONE [_NUMBERTAG_ _ROUTETAG_]"; the argument is "6" for IPv6. */
void statement_asn_lookup(struct statement *statement)
{
	struct asn_settings *asn = &statement->set->asn;
	struct asn_lookup lookup = { .ipv6 = statement->kind->argument != NULL,
		                     .number_tag = STR("ASN"),
		                     .route_tag = STR("ASNCIDR") };

	if (!statement_word(statement, "the zone to ask", &lookup.zone))
		return;
	if (lookup.zone.data[lookup.zone.len - 1] == '.')
		lookup.zone.len--;
	statement->value = str_trim(statement->value);
	if (statement->value.len > 0 &&
	    (!take_tag(statement, &lookup.number_tag) || !take_tag(statement, &lookup.route_tag)))
		return;
	vec_push(statement->set->arena, &asn->lookups, lookup);
}

void statement_clear_asn_lookups(struct statement *statement)
{
	statement->set->asn.lookups.len = 0;
}

void statement_asn_prefix(struct statement *statement)
{
	struct str value = str_trim(statement->value);

	if (value.len >= 2 && (value.data[0] == '"' || value.data[0] == '\'') &&
	    value.data[value.len - 1] == value.data[0])
		value = (struct str){ value.data + 1, value.len - 2 };
	statement->set->asn.prefix = value;
}

/* asn_use_dns, asn_use_geodb, asn_prefer_geodb */
void statement_asn_switch(struct statement *statement)
{
	struct asn_settings *asn = &statement->set->asn;
	struct str value = str_trim(statement->value), name = str_from(statement->kind->name);
	bool on = str_eq(value, STR("1")) || str_eq_ci(value, STR("yes"));

	if (!on && !str_eq(value, STR("0")) && !str_eq_ci(value, STR("no"))) {
		statement_warn(statement, value.data, "0 or 1 belongs here");
		return;
	}
	if (str_eq(name, STR("asn_use_dns")))
		asn->no_dns = !on;
	else if (str_eq(name, STR("asn_use_geodb")))
		asn->no_database = !on;
	else
		asn->dns_too = !on;
}
