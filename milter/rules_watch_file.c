/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/rules_watch_file.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/char.h"
#include "base/clock.h"
#include "base/replace_file.h"
#include "base/strbuf.h"
#include "milter/rules_watch.h"

#define FILE_FORMAT    "messages %" PRIu64 " tagged %" PRIu64 " dropped %" PRIu64 "\n"
#define FILE_SCAN      "messages %" SCNu64 " tagged %" SCNu64 " dropped %" SCNu64
#define WRITE_EVERY_US (INT64_C(60) * 1000000)

static const char *file_path(struct arena *arena, const struct settings *settings,
                             const char *configuration)
{
	char real[PATH_MAX] = "built-in";
	struct strbuf name;

	if (settings->cache_directory.len == 0 ||
	    (configuration != NULL && realpath(configuration, real) == NULL))
		return NULL;
	strbuf_init(&name, arena);
	strbuf_printf(&name, "%.*s/rules-watch-", STR_FMT(settings->cache_directory));
	for (const char *c = real; *c != '\0'; c++)
		strbuf_add_char(&name, char_is_alnum(*c) ? *c : '-');
	return arena_cstr(arena, strbuf_str(&name));
}

void rules_watch_file_read(const struct settings *settings, const char *configuration)
{
	struct arena *arena = arena_new();
	const char *path = file_path(arena, settings, configuration);
	FILE *file = path != NULL ? fopen(path, "re") : NULL;
	struct rules_watch_counts counts = { 0 };

	if (file != NULL) {
		if (fscanf(file, FILE_SCAN, &counts.messages, &counts.tagged, &counts.dropped) == 3)
			rules_watch_set_before(&counts);
		fclose(file);
	}
	arena_free(arena);
}

void rules_watch_file_write(const struct settings *settings, const char *configuration,
                            bool at_once)
{
	static int64_t written_us;
	static uint64_t written;
	struct rules_watch_counts counts = rules_watch_before();
	int64_t now_us = clock_monotonic_us();
	struct arena *arena;
	const char *path;
	struct error error;

	if (counts.messages == written || (!at_once && now_us - written_us < WRITE_EVERY_US))
		return;
	written_us = now_us;
	written = counts.messages;
	arena = arena_new();
	path = file_path(arena, settings, configuration);
	/* It only makes the next process more careful. */
	if (path != NULL)
		(void)replace_file(path,
		                   arena_printf(arena, FILE_FORMAT, counts.messages, counts.tagged,
		                                counts.dropped),
		                   0644, 0, &error);
	arena_free(arena);
}
