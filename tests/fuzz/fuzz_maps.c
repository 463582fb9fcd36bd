/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a table of each type that is a text, as the settings of a database, and as a list
 * that an alias includes; then their own text is looked up in them. */
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

static char alias_path[] = "/tmp/assay-fuzz-XXXXXX";

static void remove_alias(void)
{
	unlink(alias_path);
}

/* An aliases file that includes the input. */
static void write_alias(void)
{
	static bool written;
	int fd;

	if (written)
		return;
	written = true;
	fd = mkstemp(alias_path);
	if (fd < 0 || dprintf(fd, "list: :include:%s\n", path) < 0 || close(fd) != 0)
		abort();
	atexit(remove_alias);
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

		for (size_t j = 0; j < e->len; j++) {
			assert(e->class != RECIPIENT_HOSTED || !e->items[j].external);
			assert(e->class != RECIPIENT_FORWARDED || e->items[j].external);
		}
		/* What is said to leave is not at a name of ours, however that is written. */
		for (size_t j = 0; j < e->len; j++)
			assert(!e->items[j].external ||
			       !forward_is_ours(maps, e->items[j].address));
		forward_is_ours(maps, word);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = { "texthash", "aliases", "pcre",
		                             "regexp",   "sqlite",  "aliases" };
	const size_t count = sizeof(types) / sizeof(types[0]);

	write_input(data, size);
	write_alias();
	for (size_t i = 0; i < count; i++) {
		struct arena *arena = arena_new();
		struct str name =
			arena_printf(arena, "%s:%s", types[i], i + 1 < count ? path : alias_path);
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
		if (loaded != NULL)
			expand_words(arena, loaded, STR("list@example.com"));
		arena_free(arena);
	}
	return 0;
}
