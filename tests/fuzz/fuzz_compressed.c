/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a packed file. */
#include <assert.h>

#include "cli/compressed.h"

#define MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size }, result = STR("");
	struct arena *arena = arena_new();
	struct error error = { "" };

	if (compressed_expand(arena, text, MAX, &result, &error))
		assert(compressed_is(text) && result.len <= MAX);
	else
		assert(error.text[0] != '\0');
	arena_free(arena);
	return 0;
}
