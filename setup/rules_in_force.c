/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "setup/rules_in_force.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/replace_file.h"
#include "base/strbuf.h"

#define FILE_FORMAT "assay-rules-in-force 1 rules %zu mistakes %zu open-ended %zu\n"

struct rules_in_force rules_in_force_of(const struct policy *policy,
                                        const struct problems *problems)
{
	struct ruleset_summary summary;

	ruleset_summarize(policy->ruleset, &summary);
	return (struct rules_in_force){ .known = true,
		                        .rules = summary.rules,
		                        .mistakes = problems->mistakes,
		                        .open_ended_files = summary.open_ended_files };
}

static const struct source_position *rules_place(const struct settings *settings)
{
	return settings_place_of(settings, "rules");
}

bool rules_in_force_exist(const struct rules_in_force *next, const struct settings *settings,
                          struct problems *problems)
{
	if (next->rules > 0)
		return true;
	return problems_add(problems, PROBLEM_ERROR, rules_place(settings),
	                    "rules: there is no rule that can hit; name a directory with rule "
	                    "files");
}

static void compare(const struct rules_in_force *now, const struct rules_in_force *next,
                    const struct source_position *at, struct problems *problems)
{
	static const char remedy[] =
		"restore the files, or use --force (a running daemon: SIGUSR2)";

	if (2 * next->rules < now->rules)
		problems_add(problems, PROBLEM_ERROR, at,
		             "rules: %zu can hit, and %zu are in force: fewer than half are left; "
		             "%s",
		             next->rules, now->rules, remedy);
	else if (next->rules < now->rules && next->open_ended_files > now->open_ended_files)
		problems_add(problems, PROBLEM_ERROR, at,
		             "rules: %zu can hit, and %zu are in force, and a file ends in the "
		             "middle of a line: it may be cut off; %s",
		             next->rules, now->rules, remedy);
	if (next->mistakes > now->mistakes)
		problems_add(problems, PROBLEM_ERROR, at,
		             "rules: %zu statements are wrong, and %zu in those in force; %s",
		             next->mistakes, now->mistakes, remedy);
}

bool rules_in_force_judge(const struct rules_in_force *now, const struct rules_in_force *next,
                          const struct settings *settings, struct problems *problems)
{
	size_t errors = problems->errors;

	if (!rules_in_force_exist(next, settings, problems))
		return false;
	if (now->known)
		compare(now, next, rules_place(settings), problems);
	return problems->errors == errors && next->mistakes <= now->mistakes;
}

/* A file for each configuration, since daemons may share the directory. */
static const char *file_path(struct arena *arena, const struct settings *settings, const char *path)
{
	char real[PATH_MAX] = "built-in";
	struct strbuf name;

	if (settings->cache_directory.len == 0 || (path != NULL && realpath(path, real) == NULL))
		return NULL;
	strbuf_init(&name, arena);
	strbuf_printf(&name, "%.*s/rules-in-force-", STR_FMT(settings->cache_directory));
	for (const char *c = real; *c != '\0'; c++)
		strbuf_add_char(&name, char_is_alnum(*c) ? *c : '-');
	return arena_cstr(arena, strbuf_str(&name));
}

void rules_in_force_write(const struct settings *settings, const char *path,
                          const struct rules_in_force *now)
{
	struct arena *arena = arena_new();
	const char *file = file_path(arena, settings, path);
	struct error error;

	/* It only makes the next start more careful. */
	if (file != NULL)
		(void)replace_file(file,
		                   arena_printf(arena, FILE_FORMAT, now->rules, now->mistakes,
		                                now->open_ended_files),
		                   0644, 0, &error);
	arena_free(arena);
}

struct rules_in_force rules_in_force_read(const struct settings *settings, const char *path)
{
	struct arena *arena = arena_new();
	const char *file_name = file_path(arena, settings, path);
	FILE *file = file_name != NULL ? fopen(file_name, "re") : NULL;
	struct rules_in_force now = { 0 };

	if (file != NULL) {
		now.known = fscanf(file, FILE_FORMAT, &now.rules, &now.mistakes,
		                   &now.open_ended_files) == 3;
		fclose(file);
	}
	arena_free(arena);
	return now.known ? now : (struct rules_in_force){ 0 };
}
