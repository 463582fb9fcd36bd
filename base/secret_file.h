/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may use a file with a secret: a key, or a configuration with a password. Thread-safe. */
#ifndef BASE_SECRET_FILE_H
#define BASE_SECRET_FILE_H

#include <sys/stat.h>

#include "base/error.h"
#include "base/str.h"

/*
 * False, with the file's name, its mode and what to do, where it isn't a regular file or others
 * than its owner may use it. A file of root's may be read by a group that isn't root's: that is how
 * an account without privileges gets to read what it may not change.
 */
bool secret_file_check(const struct stat *st, const char *path, struct error *err_r);

/* Whether a secret is so short, or of so few different bytes, that trying out finds it. */
bool secret_is_guessable(struct str secret);

#endif
