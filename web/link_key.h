/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The key that links are signed with, from the file that web_key_file names. Thread-safe. */
#ifndef WEB_LINK_KEY_H
#define WEB_LINK_KEY_H

#include "base/error.h"

struct link_key {
	unsigned char bytes[32];
};

/* Reads the key from a file of at least 16 bytes, which nobody else may use
 * (secret_file_check()); `assay key new` makes one. */
bool link_key_read(const char *path, struct link_key *key_r, struct error *err_r);

#endif
