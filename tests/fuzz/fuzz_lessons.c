/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the features of a row, and as an exported file: refused, or the same when written
 * again. */
#include <assert.h>
#include <string.h>

#include "store/lessons_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_features(struct arena *arena, struct str text)
{
	struct features features, same;
	struct str again;

	if (!lesson_decode(arena, text, &features))
		return;
	again = lesson_encode(arena, &features);
	/* What an older version wrote is written in the present form. */
	if (text.data[0] == again.data[0])
		assert(str_eq(again, text));
	assert(lesson_decode(arena, again, &same));
	assert(str_eq(lesson_encode(arena, &same), again));
}

static void try_file(struct arena *arena, struct str text)
{
	struct lessons_file file;
	struct lesson_row row;
	struct strbuf again;
	struct error error;
	const char *scope;

	if (!lessons_file_open(&file, text, &error))
		return;
	strbuf_init(&again, arena);
	lessons_file_begin(&again, file.key);
	while (lessons_file_next(&file, arena, &scope, &row, &error))
		lessons_file_add(&again, scope, &row);
	if (!file.ended)
		return;
	lessons_file_end(&again, file.count);
	assert(str_eq(strbuf_str(&again), text));
}

/* A row of these bytes behind a hash that is right, which no fuzzer finds. */
static void try_row(struct arena *arena, struct str text)
{
	static const unsigned char key[LEARN_KEY_BYTES];
	uint64_t hash = str_hash(text);
	struct strbuf buf;

	strbuf_init(&buf, arena);
	lessons_file_begin(&buf, key);
	for (int i = 3; i >= 0; i--)
		strbuf_add_char(&buf, (char)(text.len >> (8 * i)));
	strbuf_add(&buf, text);
	for (int i = 7; i >= 0; i--)
		strbuf_add_char(&buf, (char)(hash >> (8 * i)));
	lessons_file_end(&buf, 1);
	try_file(arena, strbuf_str(&buf));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct str text = { (const char *)data, size };

	try_features(arena, text);
	try_file(arena, text);
	if (size > 0)
		try_row(arena, text);
	arena_free(arena);
	return 0;
}
