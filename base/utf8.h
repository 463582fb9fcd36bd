/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UTF-8 as RFC 3629 allows it: no overlong forms, no surrogates. Pure; thread-safe. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/arena.h"

/* Bytes of the valid character at the start of `s` (1 to 4), or 0 where there is none. */
size_t utf8_char_len(struct str s);
bool utf8_is_valid(struct str s);
/* The text with every byte that is not part of a valid character replaced by U+FFFD; the same
 * slice where nothing had to be. */
struct str utf8_repair(struct arena *arena, struct str s);
/* Writes a code point, at most 4 bytes; returns how many, 0 for surrogates and beyond U+10FFFF. */
size_t utf8_encode(uint32_t code_point, char out[4]);

#endif
