/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/settings_paths.h"

#include <string.h>

/* With the slash at its end; empty where the file is in the directory of the process. */
static struct str directory_of(const struct settings *settings)
{
	const char *slash = settings->path != NULL ? strrchr(settings->path, '/') : NULL;

	return slash != NULL
	               ? str_prefix(str_from(settings->path), (size_t)(slash - settings->path) + 1)
	               : STR("");
}

static void resolve(struct arena *arena, struct str directory, struct str *path)
{
	if (path->len > 0 && path->data[0] != '/')
		*path = arena_printf(arena, "%.*s%.*s", STR_FMT(directory), STR_FMT(*path));
}

/* "texthash:virtual": the types of tables that are files. */
static void resolve_map(struct arena *arena, struct str directory, struct str *map)
{
	static const char *const types[] = { "texthash:", "aliases:", "pcre:", "regexp:",
		                             "sqlite:" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct str type = str_from(types[i]), path;

		if (!str_starts(*map, type))
			continue;
		path = str_from_offset(*map, type.len);
		resolve(arena, directory, &path);
		*map = arena_printf(arena, "%s%.*s", types[i], STR_FMT(path));
	}
}

void settings_paths_resolve(struct settings *settings, struct arena *arena)
{
	struct str directory = directory_of(settings);
	struct str *const paths[] = {
		&settings->pid_file,           &settings->discarded_copies_directory,
		&settings->health_file,        &settings->health_receivers,
		&settings->srs_secret_file,    &settings->rules_directory,
		&settings->rules_keyring,      &settings->cache_directory,
		&settings->mistakes_directory, &settings->web_key_file,
		&settings->web_links_file,     &settings->lists_file,
		&settings->seal_key_file,
	};
	struct str *path;

	if (directory.len == 0)
		return;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		resolve(arena, directory, paths[i]);
	vec_foreach (&settings->rules, path)
		if (!str_starts(*path, STR("channel:")))
			resolve(arena, directory, path);
	vec_foreach (&settings->canary_mail, path)
		resolve(arena, directory, path);
	vec_foreach (&settings->geoip_database, path)
		resolve(arena, directory, path);
	vec_foreach (&settings->forward_map, path)
		resolve_map(arena, directory, path);
}

struct str settings_paths_written(const struct settings *settings, struct str value)
{
	struct str directory = directory_of(settings);

	return directory.len > 0 && str_starts(value, directory)
	               ? str_from_offset(value, directory.len)
	               : value;
}
