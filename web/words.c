/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/words.h"

#include <stddef.h>

static const char *const english[] = {
#define WORD(name, english) english,
#include "web/words_table.h"
#undef WORD
};

const char *words_text(enum word word)
{
	return (size_t)word < sizeof(english) / sizeof(english[0]) ? english[word] : "";
}
