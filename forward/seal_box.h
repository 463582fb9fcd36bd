/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The cryptography of the seal: a text that only holders of the key can read or write, and keyed
 * hashes. Each use has a key of its own, made from the hosts' one. Pure functions but for the
 * random bytes; thread-safe. What the library can't do is an answer, never the end of the process.
 */
#ifndef FORWARD_SEAL_BOX_H
#define FORWARD_SEAL_BOX_H

#include "base/arena.h"
#include "forward/seal_key.h"

#define SEAL_HASH_SIZE 32 /* SHA-256 */

/*
 * Encrypts with AES-256-GCM (NIST SP 800-38D) under a key of this message alone, as base64. False
 * where the library fails.
 */
bool seal_box_close(struct arena *arena, const struct seal_key *key, struct str plain,
                    struct str *text_r);
/* False for any text but one of seal_box_close() under the same key. */
bool seal_box_open(struct arena *arena, const struct seal_key *key, struct str text,
                   struct str *plain_r);

/* HMAC-SHA256 of `text` for one purpose; false where the library fails. */
bool seal_box_hash(const struct seal_key *key, const char *purpose, struct str text,
                   unsigned char hash_r[SEAL_HASH_SIZE]);

#endif
