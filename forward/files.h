/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files that were read at load, remembered so that a change can be noticed by stat(): a path with
 * what it was. Filled by one thread while loading, then only read.
 */
#ifndef FORWARD_FILES_H
#define FORWARD_FILES_H

#include "base/error.h"
#include "base/vec.h"

/* Largest file that is read, bytes. */
#define FILES_MAX_SIZE (256 * 1024 * 1024)

struct watched_file;

struct file_list {
	vec_members(struct watched_file);
};

/*
 * Reads a whole regular file into the arena and remembers it, also where it could not be read: it
 * may come to exist. False with "PATH: what; what to do".
 */
bool files_read(struct file_list *files, struct arena *arena, const char *path, struct str *text_r,
                struct error *err_r);

/* True where a file's time, inode or size is another than when it was read, or it came or went. */
bool files_changed(const struct file_list *files);

/*
 * The path of a file that has an index made from it (by postmap, newaliases …) that is older: the
 * MTA still has what the file said before. NULL where there is none. In `arena`. Only stat().
 */
const char *files_index_older(const struct file_list *files, struct arena *arena);

#endif
