/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "update/rule_sets.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/replace_file.h"
#include "base/write_all.h"
#include "scoring/rule_channel.h"

/* How long another command may take, which tries rules on mail meanwhile. */
#define LOCK_TRIES    600
#define LOCK_PAUSE_MS 100
/* Of what is read: a version or a reason. */
#define LINE_MAX_BYTES 2000

static struct str path_of(const struct rule_sets *sets, struct str name)
{
	return arena_printf(sets->arena, "%.*s/%.*s/%.*s", STR_FMT(sets->directory),
	                    STR_FMT(sets->channel), STR_FMT(name));
}

static struct str channel_path(const struct rule_sets *sets)
{
	return arena_printf(sets->arena, "%.*s/%.*s", STR_FMT(sets->directory),
	                    STR_FMT(sets->channel));
}

static bool fail(struct error *err_r, struct str path, const char *what)
{
	return error_set(err_r, "%.*s: %s: %s", STR_FMT(path), what, strerror(errno));
}

/* Directories above it must be there, but for one. */
static bool make_directory(struct str path, struct error *err_r)
{
	if (mkdir(path.data, 0755) == 0 || errno == EEXIST)
		return true;
	return fail(err_r, path, "the directory can't be made");
}

int rule_sets_lock(const struct rule_sets *sets, struct error *err_r)
{
	struct str lock = arena_printf(sets->arena, "%.*s/.lock", STR_FMT(sets->directory));
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_MS * 1000000L };
	int fd, tries = 0;

	if (!make_directory(arena_str(sets->arena, sets->directory), err_r) ||
	    !make_directory(channel_path(sets), err_r))
		return -1;
	fd = open(lock.data, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0) {
		fail(err_r, lock, "can't be opened");
		return -1;
	}
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (++tries == LOCK_TRIES) {
			error_set(err_r, "%.*s: another assay rules is at work; try again",
			          STR_FMT(lock));
			close(fd);
			return -1;
		}
		nanosleep(&pause, NULL);
	}
	return fd;
}

struct str rule_sets_current(const struct rule_sets *sets)
{
	return rule_channel_version(sets->arena, sets->directory, sets->channel,
	                            RULE_CHANNEL_CURRENT);
}

struct str rule_sets_previous(const struct rule_sets *sets)
{
	return rule_channel_version(sets->arena, sets->directory, sets->channel,
	                            RULE_CHANNEL_PREVIOUS);
}

static struct str read_line(const struct rule_sets *sets, struct str name)
{
	int fd = open(path_of(sets, name).data, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char text[LINE_MAX_BYTES];
	ssize_t len = fd >= 0 ? read(fd, text, sizeof(text)) : -1;
	struct str line = { text, len > 0 ? (size_t)len : 0 }, first = STR("");

	if (fd >= 0)
		close(fd);
	if (line.len > 0)
		str_next_line(&line, &first);
	return arena_str(sets->arena, first);
}

static struct str refusal_name(const struct rule_sets *sets, struct str version)
{
	return arena_printf(sets->arena, "%.*s.refused", STR_FMT(version));
}

struct str rule_sets_pinned(const struct rule_sets *sets)
{
	return read_line(sets, STR("pinned"));
}

struct str rule_sets_refusal(const struct rule_sets *sets, struct str version)
{
	return read_line(sets, refusal_name(sets, version));
}

struct str rule_sets_path(const struct rule_sets *sets, struct str version)
{
	return path_of(sets, version);
}

bool rule_sets_have(const struct rule_sets *sets, struct str version)
{
	struct stat status;

	return rule_channel_version_valid(version) &&
	       stat(path_of(sets, version).data, &status) == 0 && S_ISDIR(status.st_mode);
}

int rule_sets_compare(struct str a, struct str b)
{
	while (a.len > 1 && a.data[0] == '0')
		a = str_from_offset(a, 1);
	while (b.len > 1 && b.data[0] == '0')
		b = str_from_offset(b, 1);
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return str_cmp(a, b);
}

static int by_number(const void *a, const void *b)
{
	return rule_sets_compare(*(const struct str *)a, *(const struct str *)b);
}

static int by_name(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static struct str_list list(struct arena *arena, struct str path, bool accept(struct str name),
                            int compare(const void *a, const void *b))
{
	struct str_list names = { 0 };
	DIR *directory = opendir(path.data);
	const struct dirent *entry;

	while (directory != NULL && (entry = readdir(directory)) != NULL)
		if (accept(str_from(entry->d_name)))
			vec_push(arena, &names, arena_str(arena, str_from(entry->d_name)));
	if (directory != NULL)
		closedir(directory);
	if (names.len > 0)
		qsort(names.items, names.len, sizeof(*names.items), compare);
	return names;
}

struct str_list rule_sets_versions(const struct rule_sets *sets)
{
	return list(sets->arena, channel_path(sets), rule_channel_version_valid, by_number);
}

struct str_list rule_sets_channels(struct arena *arena, struct str directory)
{
	return list(arena, arena_str(arena, directory), rule_channel_valid, by_name);
}

static bool sync_directory(struct str path, struct error *err_r)
{
	int fd = open(path.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (!ok)
		fail(err_r, path, "can't be made safe on disk");
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool write_safely(struct str path, struct str text, struct error *err_r)
{
	int fd = open(path.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	bool ok = fd >= 0 && write_all(fd, text) && fsync(fd) == 0;

	if (!ok)
		fail(err_r, path, "can't be written");
	if (fd >= 0)
		close(fd);
	return ok;
}

bool rule_sets_write_file(const struct rule_sets *sets, struct str name, struct str text,
                          struct error *err_r)
{
	return replace_file(path_of(sets, name).data, text, 0644, REPLACE_FILE_DURABLE, err_r);
}

/* A directory with files only; what isn't there is fine. */
static void remove_version(const struct rule_sets *sets, struct str path)
{
	DIR *directory = opendir(path.data);
	const struct dirent *entry;

	while (directory != NULL && (entry = readdir(directory)) != NULL)
		unlinkat(dirfd(directory), entry->d_name, 0);
	if (directory != NULL)
		closedir(directory);
	rmdir(arena_str(sets->arena, path).data);
}

static bool write_files(const struct rule_sets *sets, struct str path,
                        const struct rule_set_files *files, struct error *err_r)
{
	const struct rule_set_file *file;

	if (mkdir(path.data, 0755) != 0)
		return fail(err_r, path, "the directory can't be made");
	vec_foreach (files, file)
		if (!write_safely(arena_printf(sets->arena, "%.*s/%.*s", STR_FMT(path),
		                               STR_FMT(file->name)),
		                  file->text, err_r))
			return false;
	return sync_directory(path, err_r);
}

bool rule_sets_install(const struct rule_sets *sets, struct str version,
                       const struct rule_set_files *files, struct error *err_r)
{
	struct str path = path_of(sets, version);
	struct str new_path = arena_printf(sets->arena, "%.*s.new", STR_FMT(path));

	if (!rule_channel_version_valid(version))
		return error_set(err_r, "\"%.*s\" is no version; write 1 to 20 digits",
		                 STR_FMT(version));
	if (str_eq(version, rule_sets_current(sets)))
		return error_set(err_r, "%.*s is in force, and not replaced", STR_FMT(path));
	remove_version(sets, new_path);
	if (!write_files(sets, new_path, files, err_r)) {
		remove_version(sets, new_path);
		return false;
	}
	remove_version(sets, path);
	if (rename(new_path.data, path.data) != 0)
		return fail(err_r, path, "can't be made");
	return sync_directory(channel_path(sets), err_r);
}

static bool set_link(const struct rule_sets *sets, const char *link, struct str version,
                     struct error *err_r)
{
	struct str path = path_of(sets, str_from(link));
	struct str new_path = arena_printf(sets->arena, "%.*s.new", STR_FMT(path));

	unlink(new_path.data);
	if (symlink(arena_cstr(sets->arena, version), new_path.data) != 0)
		return fail(err_r, new_path, "can't be made");
	if (rename(new_path.data, path.data) != 0)
		return fail(err_r, path, "can't be switched");
	return sync_directory(channel_path(sets), err_r);
}

static void remove_older(const struct rule_sets *sets)
{
	struct str current = rule_sets_current(sets), previous = rule_sets_previous(sets);
	struct str_list versions = rule_sets_versions(sets);
	const struct str *version;

	vec_foreach (&versions, version)
		if (rule_sets_compare(*version, current) < 0 &&
		    rule_sets_compare(*version, previous) < 0) {
			remove_version(sets, path_of(sets, *version));
			unlink(path_of(sets, refusal_name(sets, *version)).data);
		}
}

bool rule_sets_activate(const struct rule_sets *sets, struct str version, struct error *err_r)
{
	struct str current = rule_sets_current(sets);

	if (!rule_sets_have(sets, version))
		return error_set(err_r, "%.*s: there is no such version",
		                 STR_FMT(path_of(sets, version)));
	if (str_eq(current, version))
		return rule_sets_refuse(sets, version, STR(""), err_r);
	/* First, so that there is always a way back. */
	if (current.len > 0 && !set_link(sets, RULE_CHANNEL_PREVIOUS, current, err_r))
		return false;
	if (!rule_sets_refuse(sets, version, STR(""), err_r) ||
	    !set_link(sets, RULE_CHANNEL_CURRENT, version, err_r))
		return false;
	remove_older(sets);
	return true;
}

struct str rule_sets_roll_back(const struct rule_sets *sets, struct str reason, struct error *err_r)
{
	struct str current = rule_sets_current(sets), previous = rule_sets_previous(sets);

	if (previous.len == 0 || str_eq(previous, current) || !rule_sets_have(sets, previous)) {
		error_set(err_r, "%.*s: there is no version before %.*s",
		          STR_FMT(channel_path(sets)), STR_FMT(current));
		return STR("");
	}
	if (!rule_sets_refuse(sets, current, reason, err_r) ||
	    !set_link(sets, RULE_CHANNEL_CURRENT, previous, err_r))
		return STR("");
	unlink(path_of(sets, STR(RULE_CHANNEL_PREVIOUS)).data);
	return previous;
}

static bool remove_file(const struct rule_sets *sets, struct str name, struct error *err_r)
{
	struct str path = path_of(sets, name);

	if (unlink(path.data) != 0 && errno != ENOENT)
		return fail(err_r, path, "can't be removed");
	return sync_directory(channel_path(sets), err_r);
}

bool rule_sets_pin(const struct rule_sets *sets, struct str version, struct error *err_r)
{
	if (version.len == 0)
		return remove_file(sets, STR("pinned"), err_r);
	return rule_sets_write_file(sets, STR("pinned"),
	                            arena_printf(sets->arena, "%.*s\n", STR_FMT(version)), err_r);
}

bool rule_sets_refuse(const struct rule_sets *sets, struct str version, struct str reason,
                      struct error *err_r)
{
	struct str name = refusal_name(sets, version);

	if (reason.len == 0)
		return remove_file(sets, name, err_r);
	return rule_sets_write_file(sets, name,
	                            arena_printf(sets->arena, "%.*s\n",
	                                         STR_FMT(str_prefix(reason, LINE_MAX_BYTES - 1))),
	                            err_r);
}
