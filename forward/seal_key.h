/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The key that front and hop share, in a file. Thread-safe.
 */
#ifndef FORWARD_SEAL_KEY_H
#define FORWARD_SEAL_KEY_H

#include "base/error.h"

struct seal_key {
	unsigned char bytes[64];
	size_t len;
};

/* Reads the key file: at least 16 bytes, and nobody else's to use (secret_file_check()). */
bool seal_key_read(const char *path, struct seal_key *key_r, struct error *err_r);

#endif
