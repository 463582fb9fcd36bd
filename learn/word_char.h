/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the characters of Unicode mean for words. Pure. */
#ifndef LEARN_WORD_CHAR_H
#define LEARN_WORD_CHAR_H

#include "base/str.h"

enum word_char_kind {
	WORD_CHAR_OTHER,  /* ends a word */
	WORD_CHAR_LETTER, /* or a digit, or a mark on a letter */
	WORD_CHAR_SIGN,   /* of a script without spaces between words */
	WORD_CHAR_SYMBOL, /* a word by itself, such as an emoji */
	WORD_CHAR_UNSEEN, /* nothing is shown for it */
};

/* Of a character above U+007F; *folded_r is the one that stands for it: in lower case, plain for
 * those that only look different. */
enum word_char_kind word_char_kind(uint32_t character, uint32_t *folded_r);

#endif
