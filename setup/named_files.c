/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "setup/named_files.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret_file.h"
#include "health/receivers.h"

#define SECRET_MIN 16

struct named {
	const struct settings *settings;
	struct problems *problems;
	bool as_filter;
};

static void warn(const struct named *named, const char *key, struct str value, const char *what)
{
	problems_add(named->problems, PROBLEM_WARNING, settings_place(named->settings, key, value),
	             "%s: %.*s: %s", key, STR_FMT(value), what);
}

static const char *failure(const struct named *named, const char *what, int error, const char *mend)
{
	return arena_printf(named->problems->arena, "%s: %s; %s", what, strerror(error), mend).data;
}

static const char *cstr(const struct named *named, struct str path)
{
	return arena_cstr(named->problems->arena, path);
}

/* Is a value there that the file gave? */
static bool given(const struct named *named, const char *key, struct str value)
{
	return value.len > 0 && settings_place(named->settings, key, value) != NULL;
}

/* What this process can't look at, and may not be meant to, is left. */
static bool look(const struct named *named, const char *key, struct str value, struct stat *st_r,
                 const char *mend)
{
	if (stat(cstr(named, value), st_r) == 0)
		return true;
	if (errno != EACCES || named->as_filter)
		warn(named, key, value, failure(named, "can't be found", errno, mend));
	return false;
}

static bool can(const struct named *named, const char *path, int mode)
{
	return !named->as_filter || access(path, mode) == 0;
}

static bool check_file(const struct named *named, const char *key, struct str value,
                       const char *mend)
{
	struct stat st;

	if (!given(named, key, value) || !look(named, key, value, &st, mend))
		return false;
	if (!S_ISREG(st.st_mode))
		warn(named, key, value, "is no file; name one");
	else if (!can(named, cstr(named, value), R_OK))
		warn(named, key, value,
		     failure(named, "can't be read", errno, "let this account read it"));
	else
		return true;
	return false;
}

static void check_secret(const struct named *named, const char *key, struct str value)
{
	struct error error;
	struct stat st;

	if (!check_file(named, key, value, "make one with assay key new") ||
	    stat(cstr(named, value), &st) != 0)
		return;
	if (!secret_file_check(&st, cstr(named, value), &error))
		problems_add(named->problems, PROBLEM_WARNING,
		             settings_place(named->settings, key, value), "%s: %s", key,
		             error.text);
	else if (st.st_size < SECRET_MIN)
		warn(named, key, value,
		     "is shorter than 16 bytes, too short for a key; make another one with assay key new");
}

/* The table is read as `assay health` will. */
static void check_receivers(const struct named *named)
{
	struct str path = named->settings->health_receivers;
	struct problems found;
	struct receivers receivers;
	const struct problem *problem;

	if (!check_file(named, "health_receivers", path,
	                "copy the table there that Assay comes with"))
		return;
	problems_init(&found, named->problems->arena);
	receivers_read(found.arena, cstr(named, path), &receivers, &found);
	vec_foreach (&found, problem)
		problems_add(named->problems, PROBLEM_WARNING, NULL, "%.*s",
		             STR_FMT(problem->text));
}

static void check_directory(const struct named *named, const char *key, struct str shown,
                            struct str path, bool written)
{
	struct stat st;

	if (stat(cstr(named, path), &st) != 0) {
		if (errno != EACCES || named->as_filter)
			warn(named, key, shown,
			     arena_printf(
				     named->problems->arena,
				     "the directory %.*s can't be found: %s; make it, or name another",
				     STR_FMT(path), strerror(errno))
			             .data);
	} else if (!S_ISDIR(st.st_mode)) {
		warn(named, key, shown,
		     arena_printf(named->problems->arena, "%.*s is no directory; name another path",
		                  STR_FMT(path))
		             .data);
	} else if (!can(named, cstr(named, path), written ? W_OK | X_OK : R_OK | X_OK)) {
		warn(named, key, shown,
		     arena_printf(named->problems->arena,
		                  "this account can't %s the directory %.*s: %s; "
		                  "give it to the account",
		                  written ? "write in" : "read", STR_FMT(path), strerror(errno))
		             .data);
	}
}

static struct str directory_of(struct str path)
{
	ptrdiff_t slash = str_rfind_char(path, '/');

	return slash > 0 ? str_prefix(path, (size_t)slash) : slash == 0 ? STR("/") : STR(".");
}

/* A file that is written anew takes the right to write in its directory. */
static void check_place(const struct named *named, const char *key, struct str value,
                        bool by_filter)
{
	struct named who = *named;
	struct stat st;

	if (!given(named, key, value))
		return;
	who.as_filter = by_filter && named->as_filter;
	if (stat(cstr(named, value), &st) == 0 && S_ISDIR(st.st_mode))
		warn(named, key, value, "is a directory; name a file");
	else
		check_directory(&who, key, value, directory_of(value), true);
}

/* Whoever writes there first makes it, but not what it is in. */
static void check_made(const struct named *named, const char *key, struct str value, bool by_filter)
{
	struct named who = *named;
	struct stat st;

	if (!given(named, key, value))
		return;
	who.as_filter = by_filter && named->as_filter;
	if (stat(cstr(named, value), &st) == 0 || errno != ENOENT)
		check_directory(&who, key, value, value, true);
	else
		check_directory(&who, key, value, directory_of(value), true);
}

static void check_database(const struct named *named, const char *key, struct str uri)
{
	struct str path = str_from_offset(uri, strlen("sqlite:"));

	if (given(named, key, uri) && str_starts(uri, STR("sqlite:/")))
		check_directory(named, key, uri, directory_of(path), true);
}

static void check_program(const struct named *named)
{
	struct str value = named->settings->release_transport, path;
	struct stat st;

	if (!given(named, "release_transport", value) || !str_starts(value, STR("sendmail:/")))
		return;
	path = str_from_offset(value, strlen("sendmail:"));
	if (stat(cstr(named, path), &st) != 0)
		warn(named, "release_transport", value,
		     failure(named, "can't be found", errno,
		             "install it, or name another program"));
	else if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0)
		warn(named, "release_transport", value, "is no program; name one that can be run");
}

void named_files_check(const struct settings *settings, bool as_filter, struct problems *problems)
{
	struct named named = { settings, problems, as_filter };
	const struct str *path;

	check_secret(&named, "web_key_file", settings->web_key_file);
	check_receivers(&named);
	check_file(&named, "rules_keyring", settings->rules_keyring,
	           "export the keys there with gpg --export");
	check_program(&named);
	check_database(&named, "store", settings->store);
	check_database(&named, "lessons", settings->lessons);
	check_place(&named, "lists_file", settings->lists_file, true);
	check_place(&named, "health_file", settings->health_file, false);
	check_place(&named, "web_links_file", settings->web_links_file, false);
	check_place(&named, "pid_file", settings->pid_file, false);
	check_made(&named, "discarded_copies_directory", settings->discarded_copies_directory,
	           true);
	check_made(&named, "mistakes_directory", settings->mistakes_directory, false);
	check_made(&named, "rules_directory", settings->rules_directory, false);
	if (given(&named, "cache_directory", settings->cache_directory))
		check_directory(&named, "cache_directory", settings->cache_directory,
		                settings->cache_directory, true);
	vec_foreach (&settings->canary_mail, path)
		check_directory(&named, "canary_mail", *path, *path, false);
}
