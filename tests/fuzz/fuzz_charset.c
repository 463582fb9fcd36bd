/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A first line as the name of a charset, the rest as text in it, and as a header field with
 * encoded-words: whatever they are, characters come out. */
#include <assert.h>

#include "base/utf8.h"
#include "message/charset.h"
#include "message/encoded_word.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_body(struct arena *arena, struct str text, struct str charset)
{
	bool fault = false;
	struct str read = charset_to_utf8(arena, text, charset, &fault);

	assert(utf8_is_valid(read));
	/* Characters stay what they are, but in charsets that are written in ASCII. */
	if (charset.len == 0 && utf8_is_valid(text))
		assert(str_eq(read, text));
	assert(utf8_is_valid(charset_word_to_utf8(arena, text, charset)));
	/* The same twice: converters are kept, and keep nothing of a text. */
	assert(str_eq(read, charset_to_utf8(arena, text, charset, &fault)));
}

static void check_field(struct arena *arena, struct str text)
{
	struct str decoded = encoded_word_decode(arena, text);

	if (str_find(text, STR("=?")) < 0)
		assert(str_eq(decoded, text));
	if (utf8_is_valid(text))
		assert(utf8_is_valid(decoded));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct str text = { (const char *)data, size }, charset;

	check_field(arena, text);
	if (str_next_piece(&text, '\n', &charset)) {
		check_body(arena, text, charset);
		check_field(arena, text);
		check_field(arena, arena_printf(arena, "=?%.*s?q?%.*s?=", STR_FMT(charset),
		                                STR_FMT(text)));
	}
	arena_free(arena);
	return 0;
}
