/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a record of the journal or of Redis: refused, or the same when written again,
 * and its rules can be read. */
#include <assert.h>

#include "store/record_codec.h"
#include "store/record_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct record record, again;
	struct strbuf buf;

	if (record_decode(arena, (struct str){ (const char *)data, size }, &record)) {
		strbuf_init(&buf, arena);
		record_encode(&buf, &record);
		assert(record_decode(arena, strbuf_str(&buf), &again));
		assert(str_eq(record_key(arena, &record), record_key(arena, &again)));
		assert(record_rules(arena, &record, NULL).len <= RECORD_RULES_MAX);
	}
	arena_free(arena);
	return 0;
}
