/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Without libmaxminddb no database can be opened, and nothing is known of addresses. */
#include "facts/geo.h"

#define NOT_BUILT "this build has no libmaxminddb, which reads such databases"

struct geo *geo_new(struct arena *arena)
{
	return arena_alloc(arena, 0);
}

bool geo_open(struct geo *geo, enum geo_kind kind, struct str path, struct error *err_r)
{
	(void)geo;
	(void)kind;
	return error_set(err_r, "%.*s: " NOT_BUILT, STR_FMT(path));
}

bool geo_open_file(struct geo *geo, struct str path, struct error *err_r)
{
	return geo_open(geo, GEO_CITY, path, err_r);
}

bool geo_has_countries(const struct geo *geo)
{
	(void)geo;
	return false;
}

bool geo_has_providers(const struct geo *geo)
{
	(void)geo;
	return false;
}

bool geo_has_systems(const struct geo *geo)
{
	(void)geo;
	return false;
}

struct str geo_country(const struct geo *geo, struct arena *arena, struct str ip)
{
	(void)geo;
	(void)arena;
	(void)ip;
	return STR("");
}

struct str geo_continent(const struct geo *geo, struct arena *arena, struct str ip)
{
	return geo_country(geo, arena, ip);
}

struct str geo_provider(const struct geo *geo, struct arena *arena, struct str ip)
{
	return geo_country(geo, arena, ip);
}

struct str geo_system(const struct geo *geo, struct arena *arena, struct str ip)
{
	return geo_country(geo, arena, ip);
}

struct str geo_organisation(const struct geo *geo, struct arena *arena, struct str ip)
{
	return geo_country(geo, arena, ip);
}
