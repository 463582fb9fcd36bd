/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A channel's VERSION.tar.gz, read into memory: a stranger's bytes. Only plain files whose names
 * end with .cf, .pre or .txt are taken. An archive with anything that a well-meant one has no use
 * for is refused as a whole: absolute names, "..", links, devices, a name twice, or more than the
 * limits. Thread-safe.
 */
#ifndef UPDATE_ARCHIVE_H
#define UPDATE_ARCHIVE_H

#include "base/error.h"
#include "update/rule_sets.h"

#define ARCHIVE_FILE_MAX    (16 << 20) /* bytes of one file */
#define ARCHIVE_BYTES_MAX   (64 << 20) /* of all that is unpacked */
#define ARCHIVE_ENTRIES_MAX 2000

/* Was the program built with what archives take? */
bool archive_available(void);

/* False with the reason. What was left out, if anything, is in *skipped_r by name. */
bool archive_read_files(struct arena *arena, struct str archive, struct rule_set_files *files_r,
                        struct str_list *skipped_r, struct error *err_r);

#endif
