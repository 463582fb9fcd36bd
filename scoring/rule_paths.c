/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/rule_paths.h"

#include <string.h>
#include <unistd.h>

/* Empty where there is no directory that it could be relative to. */
static struct str local_directory(struct arena *arena, const struct settings *settings)
{
	const char *slash;

	if (settings->local_rules.len == 0 || settings->local_rules.data[0] == '/')
		return settings->local_rules;
	if (settings->path == NULL)
		return STR("");
	slash = strrchr(settings->path, '/');
	return arena_printf(arena, "%.*s%.*s",
	                    slash != NULL ? (int)(slash - settings->path) + 1 : 0, settings->path,
	                    STR_FMT(settings->local_rules));
}

struct str_list rule_paths(struct arena *arena, const struct settings *settings)
{
	struct str directory = local_directory(arena, settings);
	bool is_default = str_eq(settings->local_rules, STR(SETTINGS_LOCAL_RULES));
	struct str_list paths = { 0 };

	for (size_t i = 0; i < settings->rules.len; i++)
		vec_push(arena, &paths, settings->rules.items[i]);
	if (directory.len > 0 && (!is_default || access(arena_cstr(arena, directory), F_OK) == 0))
		vec_push(arena, &paths, directory);
	return paths;
}
