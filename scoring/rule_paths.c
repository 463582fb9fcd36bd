/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/rule_paths.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scoring/rule_channel.h"

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

/* A version's own directory, so that all files are of one version, whatever is activated meanwhile.
 * Where there is none, a path that is not there. */
static struct str channel_directory(struct arena *arena, const struct settings *settings,
                                    struct str channel)
{
	struct str version = rule_channel_version(arena, settings->rules_directory, channel,
	                                          RULE_CHANNEL_CURRENT);

	return rule_channel_path(arena, settings->rules_directory, channel,
	                         version.len > 0 ? version : STR(RULE_CHANNEL_CURRENT));
}

static struct str rule_path(struct arena *arena, const struct settings *settings, struct str rules)
{
	struct str channel;

	return rule_channel_named(rules, &channel) ? channel_directory(arena, settings, channel)
	                                           : rules;
}

bool rule_paths_check(const struct settings *settings, struct problems *problems)
{
	struct str channel;
	bool ok = true;

	for (size_t i = 0; i < settings->rules.len; i++) {
		const struct str *rules = &settings->rules.items[i];
		const struct source_position *at = settings_place(settings, "rules", *rules);

		if (!rule_channel_named(*rules, &channel))
			continue;
		if (!rule_channel_valid(channel))
			ok = problems_add(problems, PROBLEM_ERROR, at,
			                  "\"%.*s\" is no name of a channel; write one like "
			                  "channel:updates.spamassassin.org",
			                  STR_FMT(channel));
		else if (rule_channel_version(problems->arena, settings->rules_directory, channel,
		                              RULE_CHANNEL_CURRENT)
		                 .len == 0)
			ok = problems_add(
				problems, PROBLEM_ERROR, at,
				"no rules of the channel %.*s are in force; run assay rules "
				"update --channel %.*s, or activate a directory",
				STR_FMT(channel), STR_FMT(channel));
	}
	return ok;
}

struct str_list rule_paths(struct arena *arena, const struct settings *settings)
{
	struct str directory = local_directory(arena, settings);
	bool is_default = str_eq(settings->local_rules, STR(SETTINGS_LOCAL_RULES));
	struct str_list paths = { 0 };

	for (size_t i = 0; i < settings->rules.len; i++)
		vec_push(arena, &paths, rule_path(arena, settings, settings->rules.items[i]));
	if (directory.len > 0 && (!is_default || access(arena_cstr(arena, directory), F_OK) == 0))
		vec_push(arena, &paths, directory);
	return paths;
}

bool rule_paths_switched(const struct settings *settings, const struct str_list *paths)
{
	struct arena *arena = arena_new();
	bool switched = false;
	struct str channel;

	for (size_t i = 0; i < settings->rules.len && i < paths->len && !switched; i++)
		switched = rule_channel_named(settings->rules.items[i], &channel) &&
		           !str_eq(channel_directory(arena, settings, channel), paths->items[i]);
	arena_free(arena);
	return switched;
}

/* Of a file: its name, size and time. */
static uint64_t file_stamp(const char *path, const char *name)
{
	struct stat status;
	char text[128];

	if (stat(path, &status) != 0)
		return 0;
	snprintf(text, sizeof(text), "%lld %lld %ld %llu", (long long)status.st_size,
	         (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
	         (unsigned long long)status.st_ino);
	return str_hash(str_from(text)) ^ str_hash(str_from(name)) * 31;
}

static uint64_t directory_stamp(struct arena *arena, struct str path, DIR *directory)
{
	const struct dirent *entry;
	uint64_t stamp = 0;

	while ((entry = readdir(directory)) != NULL)
		if (str_ends_ci(str_from(entry->d_name), STR(".cf")))
			stamp += file_stamp(
				arena_printf(arena, "%.*s/%s", STR_FMT(path), entry->d_name).data,
				entry->d_name);
	return stamp;
}

uint64_t rule_paths_stamp(const struct str_list *paths)
{
	struct arena *arena = arena_new();
	uint64_t stamp = paths->len;

	for (size_t i = 0; i < paths->len; i++) {
		const char *path = arena_cstr(arena, paths->items[i]);
		DIR *directory = opendir(path);

		stamp = stamp * 1000003 +
		        (directory != NULL ? directory_stamp(arena, paths->items[i], directory)
		                           : file_stamp(path, path));
		if (directory != NULL)
			closedir(directory);
	}
	arena_free(arena);
	return stamp;
}
