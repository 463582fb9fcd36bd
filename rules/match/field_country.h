/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The countries of a message's relays, as the plugin RelayCountry tells of them. Pure. */
#ifndef RULES_MATCH_FIELD_COUNTRY_H
#define RULES_MATCH_FIELD_COUNTRY_H

#include "facts/facts.h"

enum field_countries {
	FIELD_COUNTRIES_UNTRUSTED,
	FIELD_COUNTRIES_EXTERNAL,
	FIELD_COUNTRIES_ALL,
	FIELD_COUNTRIES_AUTH, /* trusted ones, from the first on that authenticated */
};

/* Appends the country of each relay, "DE", "XX" where it isn't known, "**" for private addresses;
 * false where there is no database. */
bool field_countries(const struct facts *facts, struct arena *arena, enum field_countries which,
                     struct str_list *countries);

#endif
