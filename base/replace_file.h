/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files that are replaced as a whole: whoever reads one finds the old content or the new one, and
 * a link that stands in its place is replaced, not followed.
 */
#ifndef BASE_REPLACE_FILE_H
#define BASE_REPLACE_FILE_H

#include <sys/types.h>

#include "base/error.h"
#include "base/str.h"

enum replace_file_flag {
	/* Once it returns true, a crash of the machine leaves the new content. */
	REPLACE_FILE_DURABLE = 1 << 0,
	/* Owner, group and mode stay those of the file that is replaced, if there is one. */
	REPLACE_FILE_KEEP = 1 << 1,
	/* Written by root, it belongs to whom its directory belongs to. */
	REPLACE_FILE_AS_DIRECTORY = 1 << 2,
};

/*
 * Writes the text under a name of its own in the same directory, then gives it its name. `mode`
 * whatever the umask. False, with the path and the reason, where it can't: the old file is there as
 * before, and nothing beside it. Blocks on the disk; thread-safe.
 */
bool replace_file(const char *path, struct str text, mode_t mode, unsigned flags,
                  struct error *err_r);

#endif
