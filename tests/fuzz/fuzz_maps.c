/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a virtual table and as an aliases file; then their own text is looked up in them. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "forward/forward.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[] = "/tmp/assay-fuzz-XXXXXX";

static void remove_input(void)
{
	unlink(path);
}

static void write_input(const uint8_t *data, size_t size)
{
	static FILE *file;

	if (file == NULL) {
		int fd = mkstemp(path);

		file = fdopen(fd, "w");
		assert(file != NULL);
		atexit(remove_input);
	}
	rewind(file);
	fwrite(data, 1, size, file);
	fflush(file);
	if (ftruncate(fileno(file), (off_t)size) != 0)
		abort();
}

static void expand_words(struct arena *arena, const struct forward_maps *maps, struct str text)
{
	struct str word;

	for (int i = 0; i < 200 && str_next_word(&text, &word); i++) {
		const struct expansion *e = forward_expand(arena, maps, word);

		for (size_t j = 0; j < e->len; j++)
			assert(e->class != RECIPIENT_HOSTED || !e->items[j].external);
		forward_is_hosted(maps, word);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = { "texthash", "aliases" };

	write_input(data, size);
	for (size_t i = 0; i < 2; i++) {
		struct arena *arena = arena_new();
		struct str name = arena_printf(arena, "%s:%s", types[i], path);
		struct forward_settings settings = { .maps = { &name, 1, 1 },
			                             .delimiters = STR("+") };
		struct problems problems;
		struct forward_maps *loaded;

		problems_init(&problems, arena);
		vec_push(arena, &settings.hosted_domains, STR("example.com"));
		loaded = forward_maps_load(arena, &settings, &problems);
		assert((loaded == NULL) == (problems.errors > 0));
		if (loaded != NULL)
			expand_words(arena, loaded, (struct str){ (const char *)data, size });
		arena_free(arena);
	}
	return 0;
}
