/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/match/field_country.h"

#include "facts/geo.h"

static size_t first_authenticated(const struct relay_list *relays)
{
	size_t i = 0;

	while (i < relays->trusted && relays->items[i].auth.len == 0)
		i++;
	return i;
}

bool field_countries(const struct facts *facts, struct arena *arena, enum field_countries which,
                     struct str_list *countries)
{
	const struct relay_list *relays = facts->relays;
	size_t from = 0, to;

	if (relays == NULL || !geo_has_countries(facts->geo))
		return false;
	to = relays->len;
	if (which == FIELD_COUNTRIES_UNTRUSTED)
		from = relays->trusted;
	if (which == FIELD_COUNTRIES_EXTERNAL)
		from = relays->internal;
	if (which == FIELD_COUNTRIES_AUTH) {
		from = first_authenticated(relays);
		to = relays->trusted;
	}
	for (size_t i = from; i < to; i++)
		vec_push(arena, countries, geo_country(facts->geo, arena, relays->items[i].ip));
	return true;
}
