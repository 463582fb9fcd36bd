/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What tells one message from another: SHA-256, so that nobody can make a second message that
 * passes for the first and is left out of the report. Thread-safe.
 */
#ifndef STORE_DIGEST_H
#define STORE_DIGEST_H

#include "base/arena.h"

/* The first 128 bits as 32 hexadecimal digits; empty, so that nothing counts as the same, where
 * they can't be computed. */
struct str digest_text(struct arena *arena, struct str text);
/* All 256 bits as 64 hexadecimal digits, or empty. */
struct str digest_whole(struct arena *arena, struct str text);

#endif
