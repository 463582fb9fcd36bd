/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a calendar. */
#include <assert.h>
#include <stdint.h>

#include "message/calendar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str file = { (const char *)data, size };
	struct arena *arena = arena_new();
	struct str text = calendar_text(arena, file);

	assert(text.len <= size);
	assert(text.len == 0 || text.data[text.len - 1] == '\n');
	arena_free(arena);
	return 0;
}
