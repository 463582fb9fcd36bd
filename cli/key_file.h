/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of secrets that assay.conf names: one line of random base64. */
#ifndef CLI_KEY_FILE_H
#define CLI_KEY_FILE_H

#include <sys/types.h>

#include "base/error.h"
#include "scoring/settings.h"

/*
 * Writes 32 random bytes as base64 into a file that is not there yet; it is there whole or not at
 * all. Mode 0640 and that group; (gid_t)-1, or root's group: mode 0600.
 */
bool key_file_make(const char *path, gid_t group, struct error *err_r);

/* Where we are root, the group of the account that the filter runs as: that of `user`, or of
 * "assay" if there is such an account. (gid_t)-1 where we aren't, or it is root's. False where
 * `user` doesn't exist. */
bool key_file_group(struct arena *arena, const struct settings *settings, gid_t *gid_r,
                    struct error *err_r);

/* Eight hexadecimal digits by which two hosts' keys can be compared; the key can't be told by them.
 */
struct str key_file_fingerprint(struct arena *arena, struct str key);

#endif
