/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encoded-words in header fields (RFC 2047). Nothing fails; the result is in `arena`. */
#ifndef MESSAGE_ENCODED_WORD_H
#define MESSAGE_ENCODED_WORD_H

#include "base/arena.h"

/* The text with its encoded-words decoded to UTF-8, everything else kept. */
struct str encoded_word_decode(struct arena *arena, struct str text);

#endif
