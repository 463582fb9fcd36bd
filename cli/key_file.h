/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the files of secrets that assay.conf names: one line of random base64. */
#ifndef CLI_KEY_FILE_H
#define CLI_KEY_FILE_H

#include <sys/types.h>

#include "base/error.h"
#include "scoring/settings.h"

/*
 * Writes 32 random bytes as base64 into a file that is not there yet; it is there whole or not at
 * all. Mode 0640 and that group; (gid_t)-1: mode 0600.
 */
bool key_file_make(const char *path, gid_t group, struct error *err_r);

/* The group of the account that the filter runs as: that of `user`, or of "assay" where there is
 * such an account and we are root; else (gid_t)-1. False where `user` doesn't exist. */
bool key_file_group(struct arena *arena, const struct settings *settings, gid_t *gid_r,
                    struct error *err_r);

#endif
