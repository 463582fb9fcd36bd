/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a reader sees as one character: a letter with its marks, an emoji with its joiners, skin
 * tone and variation, a flag of two letters. Simpler than Unicode's UAX #29, for cutting text.
 * Pure; thread-safe.
 */
#ifndef BASE_GRAPHEME_H
#define BASE_GRAPHEME_H

#include "base/str.h"

/* Bytes of what stands at the start of valid UTF-8; 0 at its end. A sequence that is made up to be
 * endless ends after 64 bytes. */
size_t grapheme_len(struct str text);
/* The code point at the start of valid UTF-8, which must not be empty. */
uint32_t grapheme_code_point(struct str text);

#endif
