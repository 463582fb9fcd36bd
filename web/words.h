/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The words of the page: what readers see that isn't data is a row of words_table.h, so that a
 * translation is another column there.
 */
#ifndef WEB_WORDS_H
#define WEB_WORDS_H

enum word {
#define WORD(name, english) WORD_##name,
#include "web/words_table.h"
#undef WORD
	WORD_COUNT
};

/* The text, in UTF-8; never NULL. Thread-safe. */
const char *words_text(enum word word);

#endif
