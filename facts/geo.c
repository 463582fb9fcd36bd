/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/geo.h"

#include <arpa/inet.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <string.h>

#include "facts/ip_address.h"

struct geo {
	struct arena *arena;
	bool open[GEO_KIND_COUNT];
	MMDB_s databases[GEO_KIND_COUNT];
};

static void close_all(void *object)
{
	struct geo *geo = object;

	for (size_t i = 0; i < GEO_KIND_COUNT; i++)
		if (geo->open[i])
			MMDB_close(&geo->databases[i]);
}

struct geo *geo_new(struct arena *arena)
{
	struct geo *geo = arena_new_object(arena, struct geo);

	geo->arena = arena;
	arena_at_free(arena, close_all, geo);
	return geo;
}

static bool open_database(struct str path, MMDB_s *database, struct error *err_r)
{
	char name[4096];
	int status;

	if (path.len >= sizeof(name))
		return error_set(err_r, "the path of the database is too long");
	memcpy(name, path.data, path.len);
	name[path.len] = '\0';
	status = MMDB_open(name, MMDB_MODE_MMAP, database);
	return status == MMDB_SUCCESS ||
	       error_set(err_r, "can't open the database %s: %s", name, MMDB_strerror(status));
}

static void keep(struct geo *geo, enum geo_kind kind, const MMDB_s *database)
{
	if (geo->open[kind])
		MMDB_close(&geo->databases[kind]);
	geo->databases[kind] = *database;
	geo->open[kind] = true;
}

bool geo_open(struct geo *geo, enum geo_kind kind, struct str path, struct error *err_r)
{
	MMDB_s database;

	if (!open_database(path, &database, err_r))
		return false;
	keep(geo, kind, &database);
	return true;
}

/* By its type, such as "GeoLite2-City", "DBIP-ASN-Lite (compat=GeoLite2-ASN)". */
static bool kind_of(struct str type, enum geo_kind *kind_r)
{
	static const struct {
		const char *word;
		enum geo_kind kind;
	} words[] = {
		{ "asn", GEO_ASN },         { "isp", GEO_ISP },         { "city", GEO_CITY },
		{ "enterprise", GEO_CITY }, { "country", GEO_COUNTRY },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_find_ci(type, str_from(words[i].word)) >= 0) {
			*kind_r = words[i].kind;
			return true;
		}
	return false;
}

bool geo_open_file(struct geo *geo, struct str path, struct error *err_r)
{
	MMDB_s database;
	enum geo_kind kind;

	if (!open_database(path, &database, err_r))
		return false;
	if (!kind_of(str_from(database.metadata.database_type), &kind)) {
		error_set(
			err_r,
			"the database %.*s is of type '%s'; those of cities, countries, providers "
			"(ISP) and autonomous systems (ASN) are of use",
			STR_FMT(path), database.metadata.database_type);
		MMDB_close(&database);
		return false;
	}
	keep(geo, kind, &database);
	return true;
}

static bool has(const struct geo *geo, enum geo_kind kind)
{
	return geo != NULL && geo->open[kind];
}

bool geo_has_countries(const struct geo *geo)
{
	return has(geo, GEO_CITY) || has(geo, GEO_COUNTRY);
}

bool geo_has_providers(const struct geo *geo)
{
	return has(geo, GEO_ISP);
}

bool geo_has_systems(const struct geo *geo)
{
	return has(geo, GEO_ISP) || has(geo, GEO_ASN);
}

static bool find(const struct geo *geo, enum geo_kind kind, struct str ip,
                 MMDB_lookup_result_s *result)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr *address = (struct sockaddr *)&v6;
	struct ip_address parsed;
	int error;

	if (!has(geo, kind) || !ip_parse(ip, &parsed))
		return false;
	memcpy(&v6.sin6_addr, parsed.bytes, 16);
	if (ip_is_v4(&parsed)) {
		memcpy(&v4.sin_addr, parsed.bytes + 12, 4);
		address = (struct sockaddr *)&v4;
	}
	*result = MMDB_lookup_sockaddr(&geo->databases[kind], address, &error);
	return error == MMDB_SUCCESS && result->found_entry;
}

/* A text or a number of the record; `path` ends with NULL. */
static struct str value(const struct geo *geo, enum geo_kind kind, struct arena *arena,
                        struct str ip, const char *const *path)
{
	MMDB_lookup_result_s result;
	MMDB_entry_data_s data;

	if (!find(geo, kind, ip, &result) ||
	    MMDB_aget_value(&result.entry, &data, path) != MMDB_SUCCESS || !data.has_data)
		return STR("");
	if (data.type == MMDB_DATA_TYPE_UTF8_STRING)
		return arena_str(arena, (struct str){ data.utf8_string, data.data_size });
	if (data.type == MMDB_DATA_TYPE_UINT32)
		return arena_printf(arena, "%u", data.uint32);
	return STR("");
}

/* In the better of two databases that have it. */
static struct str value_of(const struct geo *geo, enum geo_kind first, enum geo_kind second,
                           struct arena *arena, struct str ip, const char *const *path)
{
	return value(geo, has(geo, first) ? first : second, arena, ip, path);
}

static struct str place(const struct geo *geo, struct arena *arena, struct str ip,
                        const char *const *path)
{
	struct str code;

	if (!geo_has_countries(geo))
		return STR("");
	code = value_of(geo, GEO_CITY, GEO_COUNTRY, arena, ip, path);
	return code.len > 0 ? code : STR("XX");
}

struct str geo_country(const struct geo *geo, struct arena *arena, struct str ip)
{
	static const char *const path[] = { "country", "iso_code", NULL };
	struct ip_address address;

	if (geo_has_countries(geo) && ip_parse(ip, &address) && ip_is_private(&address))
		return STR("**");
	return place(geo, arena, ip, path);
}

struct str geo_continent(const struct geo *geo, struct arena *arena, struct str ip)
{
	static const char *const path[] = { "continent", "code", NULL };

	return place(geo, arena, ip, path);
}

struct str geo_provider(const struct geo *geo, struct arena *arena, struct str ip)
{
	static const char *const path[] = { "isp", NULL };

	return value(geo, GEO_ISP, arena, ip, path);
}

struct str geo_system(const struct geo *geo, struct arena *arena, struct str ip)
{
	static const char *const path[] = { "autonomous_system_number", NULL };

	return value_of(geo, GEO_ISP, GEO_ASN, arena, ip, path);
}

struct str geo_organisation(const struct geo *geo, struct arena *arena, struct str ip)
{
	static const char *const path[] = { "autonomous_system_organization", NULL };

	return value_of(geo, GEO_ISP, GEO_ASN, arena, ip, path);
}
