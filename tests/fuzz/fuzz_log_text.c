/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What strangers chose, in the log: one word, from which no other field can be made. */
#include <assert.h>

#include "base/shown.h"
#include "base/utf8.h"
#include "milter/log_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LIMIT 100

static void check(struct arena *arena, struct str text, bool is_word)
{
	assert(utf8_is_valid(text) && str_eq(text, shown_text(arena, text)));
	for (size_t i = 0; i < text.len; i++)
		assert((unsigned char)text.data[i] >= ' ' && text.data[i] != 0x7f);
	for (size_t i = 0; is_word && i < text.len; i++)
		assert(text.data[i] != ' ' && text.data[i] != ',' && text.data[i] != '"');
	assert(str_find(text, STR("score=")) < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct str text = { (const char *)data, size };

	check(arena, log_text_word(arena, text, LIMIT), true);
	check(arena, log_text_host(arena, text, LIMIT), true);
	check(arena, log_text_sentence(arena, log_text_word(arena, text, LIMIT), 4 * LIMIT), true);
	arena_free(arena);
	return 0;
}
