/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as what a channel's mirrors send: what is taken of them stays within its bounds. */
#include <assert.h>

#include "update/archive.h"
#include "update/channel_text.h"
#include "update/mirrors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_archive(struct arena *arena, struct str bytes)
{
	struct rule_set_files files;
	struct str_list skipped, ignored;
	const struct rule_set_file *file;
	struct error error;
	size_t sum = 0;

	if (!archive_read_files(arena, bytes, &files, &skipped, &error))
		return;
	vec_foreach (&files, file) {
		assert(file->name.len > 0 && file->name.data[0] != '.');
		assert(str_find_char(file->name, '/') < 0);
		assert(memchr(file->name.data, 0, file->name.len) == NULL);
		sum += file->text.len;
	}
	assert(files.len <= ARCHIVE_ENTRIES_MAX && sum <= ARCHIVE_BYTES_MAX);
	channel_text_restrict(arena, &files, &ignored);
}

static void check_text(struct arena *arena, struct str text)
{
	struct rule_set_file file = { STR("a.cf"), text };
	struct rule_set_files files = { .items = &file, .len = 1 };
	struct str_list ignored;

	channel_text_restrict(arena, &files, &ignored);
	assert((ignored.len == 0) == str_eq(file.text, text));
	/* What was taken out stays out. */
	channel_text_restrict(arena, &files, &ignored);
	assert(ignored.len == 0);
}

static void check_mirrors(struct arena *arena, struct str text)
{
	struct mirror_list mirrors;
	struct mirror mirror;
	uint64_t random = str_hash(text);

	mirrors_parse(arena, text, &mirrors);
	while (mirrors_take(&mirrors, random++, &mirror)) {
		assert(mirrors_url_valid(mirror.url));
		assert(mirror.weight > 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct str bytes = { (const char *)data, size };

	check_archive(arena, bytes);
	check_text(arena, bytes);
	check_mirrors(arena, bytes);
	arena_free(arena);
	return 0;
}
