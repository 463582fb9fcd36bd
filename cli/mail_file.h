/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of mail: plain, or packed by gzip or Zstandard. Thread-safe, but for stdin. */
#ifndef CLI_MAIL_FILE_H
#define CLI_MAIL_FILE_H

#include "base/arena.h"
#include "base/error.h"

/*
 * The whole of a file or, for "-", of stdin, expanded if it is packed; false with the reason. On a
 * terminal, stderr is told that a message is waited for.
 */
bool mail_file_read(struct arena *arena, const char *path, struct str *text_r, struct error *err_r);

/* Is it an mbox, packed or not? False for what can't be read, and for "-". */
bool mail_file_is_mbox(const char *path);
/* Is it a directory with cur/ and new/? */
bool mail_file_is_maildir(const char *path);

#endif
