/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements about databases that know where addresses are. */
#include <unistd.h>

#include "rules/model/plugin.h"
#include "rules/read/statement.h"

/* Names of files that are looked for in a directory, the better ones first. */
static const struct {
	enum geo_kind kind;
	const char *file;
} usual_files[] = {
	{ GEO_CITY, "GeoIP2-City.mmdb" },       { GEO_CITY, "GeoLite2-City.mmdb" },
	{ GEO_CITY, "dbip-city.mmdb" },         { GEO_CITY, "dbip-city-lite.mmdb" },
	{ GEO_COUNTRY, "GeoIP2-Country.mmdb" }, { GEO_COUNTRY, "GeoLite2-Country.mmdb" },
	{ GEO_COUNTRY, "dbip-country.mmdb" },   { GEO_COUNTRY, "dbip-country-lite.mmdb" },
	{ GEO_ISP, "GeoIP2-ISP.mmdb" },         { GEO_ISP, "GeoLite2-ISP.mmdb" },
	{ GEO_ASN, "GeoIP2-ASN.mmdb" },         { GEO_ASN, "GeoLite2-ASN.mmdb" },
};

static const char *const usual_directories[] = { "/usr/local/share/GeoIP", "/usr/share/GeoIP",
	                                         "/var/lib/GeoIP", "/opt/share/GeoIP" };

static struct geo *geo_of(struct ruleset *set)
{
	if (set->site.geo == NULL)
		set->site.geo = geo_new(set->arena);
	return set->site.geo;
}

static void open_database(struct statement *statement, enum geo_kind kind, struct str path)
{
	struct error error;

	if (statement->set->geo_is_given)
		return;
	/* Of other formats nothing can be read, and a pipe could be waited for. */
	if (!str_ends_ci(path, STR(".mmdb")))
		statement_warn(statement, path.data,
		               "the path of a database that ends in .mmdb belongs here");
	else if (!geo_open(geo_of(statement->set), kind, path, &error))
		statement_warn(statement, path.data, "%s", error.text);
}

static bool kind_of(struct str name, enum geo_kind *kind_r)
{
	static const char *const names[GEO_KIND_COUNT] = {
		[GEO_CITY] = "city", [GEO_COUNTRY] = "country", [GEO_ISP] = "isp", [GEO_ASN] = "asn"
	};

	for (size_t i = 0; i < GEO_KIND_COUNT; i++) {
		if (str_eq_ci(name, str_from(names[i]))) {
			*kind_r = (enum geo_kind)i;
			return true;
		}
	}
	return false;
}

/* "geodb_options country:/path/to/a.mmdb isp:/path …" */
void statement_geo_options(struct statement *statement)
{
	struct str word;

	while (str_next_word(&statement->value, &word)) {
		ptrdiff_t colon = str_find_char(word, ':');
		enum geo_kind kind;

		if (colon < 0 && str_eq_ci(word, STR("reset"))) {
			if (!statement->set->geo_is_given)
				statement->set->site.geo = NULL;
		} else if (colon >= 0 && kind_of(str_prefix(word, (size_t)colon), &kind))
			open_database(statement, kind, str_from_offset(word, (size_t)colon + 1));
		else
			statement_warn(statement, word.data,
			               "city:, country:, isp: or asn: and a path belongs here");
	}
}

/* A path alone; the argument is its kind. */
void statement_geo_path(struct statement *statement)
{
	enum geo_kind kind = GEO_COUNTRY;
	struct str path;

	kind_of(str_from(statement->kind->argument), &kind);
	if (statement_word(statement, "the path of a database", &path))
		open_database(statement, kind, path);
}

static bool has_kind(const struct geo *geo, enum geo_kind kind)
{
	if (kind == GEO_CITY || kind == GEO_COUNTRY)
		return geo_has_countries(geo);
	return kind == GEO_ISP ? geo_has_providers(geo) : geo_has_systems(geo);
}

static void search(struct ruleset *set, struct str directory)
{
	for (size_t i = 0; i < sizeof(usual_files) / sizeof(usual_files[0]); i++) {
		struct str path = arena_printf(set->arena, "%.*s/%s", STR_FMT(directory),
		                               usual_files[i].file);
		struct error error;

		if (!has_kind(set->site.geo, usual_files[i].kind) && access(path.data, R_OK) == 0)
			geo_open(geo_of(set), usual_files[i].kind, path, &error);
	}
}

void statement_geo_search_path(struct statement *statement)
{
	struct str word;

	while (!statement->set->geo_is_given && str_next_word(&statement->value, &word))
		if (!str_eq(word, STR("reset")))
			search(statement->set, word);
}

void statement_finish_geo(struct ruleset *set)
{
	static const char *const plugins[] = { PLUGIN_PREFIX "RelayCountry",
		                               PLUGIN_PREFIX "URILocalBL", PLUGIN_PREFIX "ASN" };
	bool wanted = false;

	for (size_t i = 0; i < sizeof(plugins) / sizeof(plugins[0]); i++)
		wanted = wanted || plugin_is_loaded(set, str_from(plugins[i]));
	for (size_t i = 0; wanted && set->site.geo == NULL &&
	                   i < sizeof(usual_directories) / sizeof(usual_directories[0]);
	     i++)
		search(set, str_from(usual_directories[i]));
}
