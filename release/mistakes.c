/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "release/mistakes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/replace_file.h"

static const char *const classes[] = { [MISTAKE_HAM] = "ham", [MISTAKE_SPAM] = "spam" };

/* What root makes belongs to the owner of the directory around it, which is the filter's. */
static bool give_to_owner(int fd, const char *around)
{
	struct stat stat_around;

	return geteuid() != 0 || (stat(around, &stat_around) == 0 &&
	                          fchown(fd, stat_around.st_uid, stat_around.st_gid) == 0);
}

static bool make_directory(const char *path, const char *around, struct error *err_r)
{
	bool ok;
	int fd;

	if (mkdir(path, 0700) != 0)
		return errno == EEXIST || error_set(err_r, "%s: %s", path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	ok = fd >= 0 && give_to_owner(fd, around);
	if (!ok)
		error_set(err_r, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok;
}

static const char *path_of(struct arena *arena, const char *directory, enum mistake_class class,
                           struct str identity)
{
	return arena_cstr(arena, arena_printf(arena, "%s/%s/%.*s.eml", directory, classes[class],
	                                      STR_FMT(identity)));
}

const char *mistakes_keep(struct arena *arena, const char *directory, enum mistake_class class,
                          struct str identity, struct str text, struct error *err_r)
{
	const char *around = arena_cstr(arena, arena_printf(arena, "%s/..", directory));
	const char *folder =
		arena_cstr(arena, arena_printf(arena, "%s/%s", directory, classes[class]));
	const char *path = path_of(arena, directory, class, identity);
	enum mistake_class other = class == MISTAKE_HAM ? MISTAKE_SPAM : MISTAKE_HAM;

	if (!make_directory(directory, around, err_r) ||
	    !make_directory(folder, directory, err_r) ||
	    !replace_file(path, text, 0600, REPLACE_FILE_DURABLE | REPLACE_FILE_AS_DIRECTORY,
	                  err_r))
		return NULL;
	unlink(path_of(arena, directory, other, identity));
	return path;
}
