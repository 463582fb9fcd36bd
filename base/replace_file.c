/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/replace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/write_all.h"

/* How much of the path is its directory's, with the slash. */
static int directory_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? (int)(slash + 1 - path) : 0;
}

/* -1 with errno. */
static int open_directory(const char *path)
{
	char directory[PATH_MAX];
	int len = directory_len(path);

	if ((size_t)len >= sizeof(directory)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	snprintf(directory, sizeof(directory), "%.*s", len > 0 ? len : 1, len > 0 ? path : ".");
	return open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool give_to(int fd, const struct stat *st)
{
	return (st->st_uid == geteuid() && st->st_gid == getegid()) ||
	       fchown(fd, st->st_uid, st->st_gid) == 0;
}

static bool dress(int fd, const char *path, int directory, mode_t mode, unsigned flags)
{
	struct stat st;

	if ((flags & REPLACE_FILE_KEEP) != 0 && lstat(path, &st) == 0 && S_ISREG(st.st_mode))
		return give_to(fd, &st) && fchmod(fd, st.st_mode & 07777) == 0;
	if ((flags & REPLACE_FILE_AS_DIRECTORY) != 0 && geteuid() == 0 &&
	    (fstat(directory, &st) != 0 || !give_to(fd, &st)))
		return false;
	return fchmod(fd, mode) == 0;
}

static bool replace(const char *path, int directory, struct str text, mode_t mode, unsigned flags)
{
	bool durable = (flags & REPLACE_FILE_DURABLE) != 0, ok;
	char temporary[PATH_MAX + 16];
	int fd, code;

	/* Hidden, so that nobody who reads the directory takes it for one of its files. */
	snprintf(temporary, sizeof(temporary), "%.*s.%s.XXXXXX", directory_len(path), path,
	         path + directory_len(path));
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = write_all(fd, text) && dress(fd, path, directory, mode, flags) &&
	     (!durable || fsync(fd) == 0);
	ok = close(fd) == 0 && ok && rename(temporary, path) == 0;
	if (ok)
		return !durable || fsync(directory) == 0;
	code = errno;
	unlink(temporary);
	errno = code;
	return false;
}

bool replace_file(const char *path, struct str text, mode_t mode, unsigned flags,
                  struct error *err_r)
{
	bool needs_directory = (flags & (REPLACE_FILE_DURABLE | REPLACE_FILE_AS_DIRECTORY)) != 0;
	int directory = needs_directory ? open_directory(path) : -1;
	bool ok =
		(!needs_directory || directory >= 0) && replace(path, directory, text, mode, flags);

	if (!ok)
		error_set(err_r, "%s: cannot be written: %s", path, strerror(errno));
	if (directory >= 0)
		close(directory);
	return ok;
}
