/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a damaged file of records and its log: whatever is found is a record that can be
 * written and read again. The first two bytes say where the log begins, in units of 64. */
#include <assert.h>

#include "store/record_codec.h"
#include "store/salvage_shapes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take(const struct salvage_row *row, void *context)
{
	struct arena *arena = arena_new();
	struct people_entry entry;
	struct record record, again;
	struct strbuf buf;

	(void)context;
	assert(row->count <= SALVAGE_COLUMNS_MAX);
	if (salvage_entry(row, &entry))
		assert(entry.pattern.len > 0);
	if (salvage_record(arena, row, &record)) {
		strbuf_init(&buf, arena);
		record_encode(&buf, &record);
		assert(record_decode(arena, strbuf_str(&buf), &again));
	}
	arena_free(arena);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct salvage_pages pages;
	struct str file, log;
	size_t at;

	if (size > 2) {
		at = 64 * ((size_t)data[0] << 8 | data[1]);
		file = (struct str){ (const char *)data + 2, size - 2 };
		at = at < file.len ? at : file.len;
		log = str_from_offset(file, at);
		file = str_prefix(file, at);
		if (salvage_pages_open(arena, file, log, &pages))
			for (uint32_t number = 1; number <= pages.count; number++)
				salvage_rows(&pages, number, take, NULL);
	}
	arena_free(arena);
	return 0;
}
