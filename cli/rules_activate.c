/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay rules test`, `activate`, `rollback`, `pin` and `unpin`: what is put into force by hand. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "cli/rules.h"
#include "cli/rules_policies.h"
#include "scoring/rule_channel.h"
#include "setup/setup.h"

#define FILES_MAX 2000

/* What an argument names. */
struct candidate {
	struct rule_sets sets;
	struct str version; /* empty: a directory */
	struct str path;
	struct rule_set_files files; /* of a directory, where they are to be copied */
};

static int complain(const char *sentence)
{
	fprintf(stderr, "assay rules: %s\n", sentence);
	return EX_CANTCREAT;
}

/* "CHANNEL/VERSION", or "CHANNEL" alone with an empty version. */
static bool split(struct str text, struct str *channel_r, struct str *version_r)
{
	ptrdiff_t slash = str_find_char(text, '/');

	*channel_r = slash < 0 ? text : str_prefix(text, (size_t)slash);
	*version_r = slash < 0 ? STR("") : str_from_offset(text, (size_t)slash + 1);
	return rule_channel_valid(*channel_r) &&
	       (slash < 0 || rule_channel_version_valid(*version_r));
}

static bool find(const struct rules_options *options, struct candidate *candidate_r)
{
	struct str target = str_from(options->target), channel, version;
	struct stat status;

	*candidate_r = (struct candidate){ 0 };
	if (split(target, &channel, &version) && version.len > 0) {
		candidate_r->sets = rules_sets(options, channel);
		candidate_r->version = version;
		candidate_r->path = rule_sets_path(&candidate_r->sets, version);
		if (rule_sets_have(&candidate_r->sets, version))
			return true;
	}
	candidate_r->version = STR("");
	candidate_r->path = target;
	candidate_r->sets =
		rules_sets(options, options->channels.len > 0 ? options->channels.items[0]
	                                                      : STR(RULES_HAND_CHANNEL));
	if (stat(options->target, &status) == 0 && S_ISDIR(status.st_mode))
		return true;
	fprintf(stderr,
	        "assay rules: %s: neither a directory nor a CHANNEL/VERSION that is there; `assay "
	        "rules list` tells those\n",
	        options->target);
	return false;
}

static int by_name(const void *a, const void *b)
{
	return str_cmp(((const struct rule_set_file *)a)->name,
	               ((const struct rule_set_file *)b)->name);
}

static bool is_rule_file(struct str name)
{
	return name.len > 3 && name.data[0] != '.' &&
	       (str_ends_ci(name, STR(".cf")) || str_ends_ci(name, STR(".pre")));
}

static bool read_directory(const struct rules_options *options, struct str path,
                           struct rule_set_files *files_r, struct error *err_r)
{
	struct arena *arena = options->arena;
	DIR *directory = opendir(arena_cstr(arena, path));
	const struct dirent *entry;
	bool ok = directory != NULL;

	if (!ok)
		error_set(err_r, "%.*s: %s", STR_FMT(path), strerror(errno));
	while (ok && (entry = readdir(directory)) != NULL) {
		struct rule_set_file file = { .name = arena_str(arena, str_from(entry->d_name)) };

		if (!is_rule_file(file.name))
			continue;
		ok = cli_read_file(
			arena, arena_printf(arena, "%.*s/%s", STR_FMT(path), entry->d_name).data,
			&file.text, err_r);
		vec_push(arena, files_r, file);
	}
	if (directory != NULL)
		closedir(directory);
	if (ok && files_r->len == 0)
		ok = error_set(err_r, "%.*s: there are no *.cf files", STR_FMT(path));
	if (ok && files_r->len > FILES_MAX)
		ok = error_set(err_r, "%.*s: there are more than %d files", STR_FMT(path),
		               FILES_MAX);
	if (ok)
		qsort(files_r->items, files_r->len, sizeof(*files_r->items), by_name);
	return ok;
}

/* EX_OK, or the status of the command. */
static int try_rules(const struct rules_options *options, const struct candidate *candidate,
                     struct str *reason_r)
{
	struct canary_result result;
	struct rules_present now;
	struct problems problems;
	bool ok;

	problems_init(&problems, options->arena);
	now = rules_policies_now(options, candidate->sets.channel, &problems);
	if (now.policy == NULL) {
		setup_print_problems(&problems);
		return EX_CONFIG;
	}
	problems_init(&problems, options->arena);
	ok = rules_policies_try(options, &now, candidate->sets.channel, candidate->path, &result,
	                        &problems);
	policy_free(now.policy);
	*reason_r = result.reason;
	setup_print_problems(&problems);
	rules_print_result(&result);
	return ok ? EX_OK : 1;
}

int rules_test(const struct rules_options *options)
{
	struct candidate candidate;
	struct str reason;
	int status;

	if (!find(options, &candidate))
		return EX_NOINPUT;
	status = try_rules(options, &candidate, &reason);
	if (status == EX_OK)
		printf("%s may go into force\n", options->target);
	else if (status == 1)
		printf("%s is refused: %.*s\n", options->target, STR_FMT(reason));
	return status;
}

/* The time, or one more than the newest version. */
static struct str next_version(const struct candidate *candidate)
{
	struct arena *arena = candidate->sets.arena;
	struct str_list versions = rule_sets_versions(&candidate->sets);
	time_t now = time(NULL);
	struct str version = STR("");
	uint64_t newest;
	struct tm tm;
	char text[32];

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y%m%d%H%M%S", &tm);
	version = arena_str(arena, str_from(text));
	if (versions.len > 0 && rule_sets_compare(versions.items[versions.len - 1], version) >= 0 &&
	    str_to_uint(versions.items[versions.len - 1], INT64_MAX, &newest))
		version = arena_printf(arena, "%llu", (unsigned long long)newest + 1);
	return version;
}

/* Copies a directory, so that what was tried is what goes into force. */
static bool take_copy(struct candidate *candidate, struct error *err_r)
{
	if (candidate->version.len > 0)
		return true;
	candidate->version = next_version(candidate);
	candidate->path = rule_sets_path(&candidate->sets, candidate->version);
	return rule_sets_install(&candidate->sets, candidate->version, &candidate->files, err_r);
}

static int activate(const struct rules_options *options, struct candidate *candidate)
{
	struct error error;
	struct str reason;
	int status;

	if (!take_copy(candidate, &error))
		return complain(error.text);
	status = try_rules(options, candidate, &reason);
	if (status == 1) {
		rule_sets_refuse(&candidate->sets, candidate->version, reason, &error);
		printf("%.*s/%.*s is refused, and what is in force stays: %.*s\n",
		       STR_FMT(candidate->sets.channel), STR_FMT(candidate->version),
		       STR_FMT(reason));
	}
	if (status != EX_OK)
		return status;
	if (!rule_sets_activate(&candidate->sets, candidate->version, &error))
		return complain(error.text);
	rules_print_activated(options, candidate->sets.channel, candidate->version);
	return EX_OK;
}

int rules_activate(const struct rules_options *options)
{
	struct candidate candidate;
	struct error error;
	int lock, status;

	if (!find(options, &candidate))
		return EX_NOINPUT;
	/* As the caller, who may read it. */
	if (candidate.version.len == 0 &&
	    !read_directory(options, candidate.path, &candidate.files, &error)) {
		complain(error.text);
		return EX_NOINPUT;
	}
	if (!rules_become_owner(options, &error))
		return complain(error.text);
	lock = rule_sets_lock(&candidate.sets, &error);
	if (lock < 0)
		return complain(error.text);
	status = activate(options, &candidate);
	close(lock);
	return status;
}

/* The channel that is meant where none is named. */
static bool find_channel(const struct rules_options *options, struct str *channel_r,
                         struct str *version_r)
{
	struct str_list named = options->channels;

	*version_r = STR("");
	if (options->target != NULL && !rule_channel_version_valid(str_from(options->target)))
		return split(str_from(options->target), channel_r, version_r);
	if (options->target != NULL)
		*version_r = str_from(options->target);
	if (named.len == 0)
		named = rules_named_channels(options->arena, &options->settings);
	if (named.len == 0)
		named = rule_sets_channels(options->arena, options->settings.rules_directory);
	if (named.len == 1)
		*channel_r = named.items[0];
	return named.len == 1;
}

/* Root is somebody else afterwards. Returns the lock, or -1 with the status. */
static int begin_change(const struct rules_options *options, struct rule_sets *sets_r,
                        struct str *version_r, int *status_r)
{
	struct str channel;
	struct error error;
	int lock;

	if (!find_channel(options, &channel, version_r)) {
		*status_r = cli_usage_error("rules", "name a CHANNEL, or a CHANNEL/VERSION");
		return -1;
	}
	*sets_r = rules_sets(options, channel);
	if (rule_sets_current(sets_r).len == 0) {
		fprintf(stderr, "assay rules: %.*s: no version is in force\n", STR_FMT(channel));
		*status_r = EX_NOINPUT;
		return -1;
	}
	*status_r = EX_CANTCREAT;
	lock = rules_become_owner(options, &error) ? rule_sets_lock(sets_r, &error) : -1;
	if (lock < 0)
		complain(error.text);
	return lock;
}

int rules_rollback(const struct rules_options *options)
{
	struct rule_sets sets;
	struct str version;
	struct error error;
	int status, lock = begin_change(options, &sets, &version, &status);

	if (lock < 0)
		return status;
	version = rule_sets_roll_back(&sets, STR("rolled back by hand"), &error);
	close(lock);
	if (version.len == 0)
		return complain(error.text);
	rules_print_activated(options, sets.channel, version);
	return EX_OK;
}

int rules_pin(const struct rules_options *options, bool pin)
{
	struct str version, current;
	struct rule_sets sets;
	struct error error;
	int status, lock = begin_change(options, &sets, &version, &status);
	bool ok = true;

	if (lock < 0)
		return status;
	current = rule_sets_current(&sets);
	if (pin && version.len > 0 && !str_eq(version, current)) {
		fprintf(stderr,
		        "assay rules: %.*s/%.*s is not in force, %.*s is; activate it first\n",
		        STR_FMT(sets.channel), STR_FMT(version), STR_FMT(current));
		status = 1;
	} else {
		ok = rule_sets_pin(&sets, pin ? current : STR(""), &error);
		status = EX_OK;
	}
	close(lock);
	if (!ok)
		return complain(error.text);
	if (status == EX_OK && pin)
		printf("%.*s is pinned to %.*s\n", STR_FMT(sets.channel), STR_FMT(current));
	else if (status == EX_OK)
		printf("%.*s is not pinned\n", STR_FMT(sets.channel));
	return status;
}
