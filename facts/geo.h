/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where addresses are, and whose, by databases in MaxMind's format (.mmdb): of countries or cities,
 * providers, autonomous systems. Opened once with a rule set and mapped, so a database is replaced
 * by a new file and not written over. Any thread may look up; nothing here fails but opening.
 */
#ifndef FACTS_GEO_H
#define FACTS_GEO_H

#include "base/arena.h"
#include "base/error.h"

enum geo_kind {
	GEO_CITY, /* has countries and continents, too */
	GEO_COUNTRY,
	GEO_ISP, /* has autonomous systems, too */
	GEO_ASN,
	GEO_KIND_COUNT,
};

struct geo;

/* Without any database; it ends with the arena. */
struct geo *geo_new(struct arena *arena);
/* Opens a database in place of another of its kind. */
bool geo_open(struct geo *geo, enum geo_kind kind, struct str path, struct error *err_r);

/* The same, of the kind that the database itself says. */
bool geo_open_file(struct geo *geo, struct str path, struct error *err_r);

/* NULL has nothing. */
bool geo_has_countries(const struct geo *geo);
bool geo_has_providers(const struct geo *geo);
bool geo_has_systems(const struct geo *geo);

/*
 * Of an address: "DE", and "EU"; "**" (country) for a private one, "XX" where it isn't known. The
 * name of the provider; the number of the autonomous system, and its organisation; empty where they
 * aren't known. All are empty where no database of that is there. In the arena.
 */
struct str geo_country(const struct geo *geo, struct arena *arena, struct str ip);
struct str geo_continent(const struct geo *geo, struct arena *arena, struct str ip);
struct str geo_provider(const struct geo *geo, struct arena *arena, struct str ip);
struct str geo_system(const struct geo *geo, struct arena *arena, struct str ip);
struct str geo_organisation(const struct geo *geo, struct arena *arena, struct str ip);

#endif
