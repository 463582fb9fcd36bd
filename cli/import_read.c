/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "cli/cli.h"
#include "cli/import_lines.h"

#define DEPTH_MAX 10

/* A file, and those that led to it. */
struct source {
	const char *path;
	const struct source *outer;
	unsigned depth;
};

static struct str renamed(struct arena *arena, struct str word, const char *from, const char *to)
{
	ptrdiff_t at = str_find(word, str_from(from));

	if (at < 0)
		return word;
	return arena_printf(arena, "%.*s%s%.*s", (int)at, word.data, to,
	                    STR_FMT(str_from_offset(word, (size_t)at + strlen(from))));
}

/* As rule files are read: see reader.c of rules/read. */
static struct str without_comment(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == '#' && (i == 0 || text.data[i - 1] != '\\'))
			return str_trim(str_prefix(text, i));
	return str_trim(text);
}

static void split(struct arena *arena, struct import_line *line)
{
	struct str text = without_comment(line->raw);
	char *keyword;

	while (line->keyword.len < text.len && !char_is_space(text.data[line->keyword.len]))
		line->keyword.len++;
	keyword = arena_alloc(arena, line->keyword.len + 1);
	for (size_t i = 0; i < line->keyword.len; i++)
		keyword[i] = text.data[i] == '-' ? '_' : char_lower(text.data[i]);
	line->keyword.data = keyword;
	line->value = str_trim_left(str_from_offset(text, line->keyword.len));
	line->keyword = renamed(arena, line->keyword, "whitelist", "welcomelist");
	line->keyword = renamed(arena, line->keyword, "blacklist", "blocklist");
}

static bool read_source(struct arena *arena, const struct source *source,
                        struct import_line_list *lines, struct error *err_r);

static bool is_being_read(const struct source *source, const char *real)
{
	char path[PATH_MAX];

	for (; source != NULL; source = source->outer)
		if (realpath(source->path, path) != NULL && strcmp(path, real) == 0)
			return true;
	return false;
}

/* The lines of the included file stand behind that of the include. */
static void include(struct arena *arena, const struct source *outer, size_t number,
                    struct import_line_list *lines)
{
	struct import_line *line = &lines->items[number];
	const char *slash = strrchr(outer->path, '/');
	struct str folder = { outer->path, slash != NULL ? (size_t)(slash - outer->path) + 1 : 0 };
	struct source inner = { .outer = outer, .depth = outer->depth + 1 };
	char real[PATH_MAX];
	struct error error;

	line->fate = IMPORT_REFUSED;
	if (line->value.len > 0 && line->value.data[0] == '/')
		folder.len = 0;
	inner.path = arena_printf(arena, "%.*s%.*s", STR_FMT(folder), STR_FMT(line->value)).data;
	if (realpath(inner.path, real) == NULL)
		line->note = arena_printf(arena, "it can't be found: %s", strerror(errno));
	else if (is_being_read(outer, real))
		line->note = STR("the file includes itself");
	else if (inner.depth > DEPTH_MAX)
		line->note = STR("files include one another too deep");
	else if (!read_source(arena, &inner, lines, &error))
		lines->items[number].note = arena_str(arena, str_from(error.text));
	else
		lines->items[number].fate = IMPORT_MAPPED;
	if (lines->items[number].fate == IMPORT_MAPPED)
		lines->items[number].note = STR("its lines, which follow");
}

static bool read_source(struct arena *arena, const struct source *source,
                        struct import_line_list *lines, struct error *err_r)
{
	struct str text, raw;
	unsigned number = 0;

	if (!cli_read_file(arena, source->path, &text, err_r))
		return false;
	text = str_skip_byte_order_mark(text);
	while (str_next_line(&text, &raw)) {
		struct import_line line = { .file = source->path, .number = ++number, .raw = raw };

		split(arena, &line);
		if (line.keyword.len == 0)
			continue;
		vec_push(arena, lines, line);
		if (str_eq(line.keyword, STR("include")))
			include(arena, source, lines->len - 1, lines);
	}
	return true;
}

bool import_read_file(struct arena *arena, const char *path, struct import_line_list *lines,
                      struct error *err_r)
{
	const struct source source = { .path = arena_cstr(arena, str_from(path)) };

	return read_source(arena, &source, lines, err_r);
}

static bool ends(const char *name, const char *ending)
{
	size_t len = strlen(name), ending_len = strlen(ending);

	return len > ending_len && strcmp(name + len - ending_len, ending) == 0;
}

static int is_pre(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && ends(entry->d_name, ".pre");
}

static int is_cf(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && ends(entry->d_name, ".cf");
}

static bool read_matching(struct arena *arena, const char *path,
                          int (*wanted)(const struct dirent *entry), struct import_line_list *lines,
                          struct error *err_r)
{
	struct dirent **entries;
	int count = scandir(path, &entries, wanted, alphasort);
	bool ok = count >= 0;

	if (!ok)
		return error_set(err_r, "%s: can't be read: %s", path, strerror(errno));
	for (int i = 0; i < count; i++) {
		struct str name = arena_printf(arena, "%s/%s", path, entries[i]->d_name);

		ok = ok && import_read_file(arena, name.data, lines, err_r);
		free(entries[i]);
	}
	free(entries);
	return ok;
}

bool import_read_directory(struct arena *arena, const char *path, struct import_line_list *lines,
                           struct error *err_r)
{
	return read_matching(arena, path, is_pre, lines, err_r) &&
	       read_matching(arena, path, is_cf, lines, err_r);
}
