/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay learn --export` and `--import`: all lessons as a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/plural.h"
#include "cli/learn.h"
#include "cli/progress.h"
#include "store/lessons_file.h"

/* Rows of one commit. */
#define BATCH 100

/* Export. */

struct export
{
	struct arena *arena; /* of the names of scopes */
	struct str_list scopes;
	FILE *file;
	const char *scope;
	uint64_t count;
	bool failed; /* the file can't be written */
};

static bool add_scope(const char *name, const struct lessons_state *state, void *context)
{
	struct export *export = context;

	(void)state;
	vec_push(export->arena, &export->scopes, arena_str(export->arena, str_from(name)));
	return true;
}

static void write_part(struct export *export, const struct strbuf *buf)
{
	export->failed = export->failed || fwrite(buf->data, 1, buf->len, export->file) != buf->len;
}

static bool write_row(const struct lessons_found *found, void *context)
{
	struct export *export = context;
	struct arena *arena;
	struct strbuf buf;

	if (found->damaged || found->row.version > LESSON_ROW_VERSION)
		return true;
	arena = arena_new();
	strbuf_init(&buf, arena);
	lessons_file_add(&buf, export->scope, &found->row);
	write_part(export, &buf);
	export->count++;
	arena_free(arena);
	return !export->failed;
}

static bool write_all(struct lessons *lessons, struct export *export, struct error *err_r)
{
	const struct lessons_position first = { 0, 1 };
	unsigned char key[LEARN_KEY_BYTES];
	const struct str *scope;
	struct strbuf buf;
	bool exists;

	if (!lessons_key(lessons, key, &exists, err_r) ||
	    !lessons_read_scopes(lessons, add_scope, export, err_r))
		return false;
	if (!exists)
		return error_set(err_r, "%s: nothing was learned yet", lessons_name(lessons));
	strbuf_init(&buf, export->arena);
	lessons_file_begin(&buf, key);
	write_part(export, &buf);
	vec_foreach (&export->scopes, scope) {
		export->scope = scope->data;
		if (!lessons_read(lessons, scope->data, first, write_row, export, err_r))
			return false;
	}
	buf.len = 0;
	lessons_file_end(&buf, export->count);
	write_part(export, &buf);
	return true;
}

/* It has the key of the site. */
static FILE *open_new(const char *path)
{
	int fd;

	if (strcmp(path, "-") == 0)
		return stdout;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd >= 0 ? fdopen(fd, "w") : NULL;
}

static bool close_file(const char *path, FILE *file)
{
	bool ok = fflush(file) == 0;

	if (file == stdout)
		return ok;
	ok = ok && fsync(fileno(file)) == 0;
	ok = fclose(file) == 0 && ok;
	if (!ok)
		unlink(path);
	return ok;
}

int learn_export(const struct learn_options *options, const struct settings *settings)
{
	struct lessons *lessons = learn_open(options, settings, true);
	struct export export = { .arena = options->arena };
	struct error error;
	bool ok;

	if (lessons == NULL)
		return EX_TEMPFAIL;
	export.file = open_new(options->file);
	if (export.file == NULL) {
		fprintf(stderr, "assay learn: %s: cannot be made: %s\n", options->file,
		        strerror(errno));
		lessons_close(lessons);
		return EX_CANTCREAT;
	}
	ok = write_all(lessons, &export, &error);
	export.failed = !close_file(options->file, export.file) || export.failed;
	lessons_close(lessons);
	if (!ok) {
		if (export.file != stdout)
			unlink(options->file);
		return learn_fail(&error);
	}
	if (export.failed) {
		fprintf(stderr, "assay learn: %s: cannot be written\n", options->file);
		return EX_IOERR;
	}
	if (export.file != stdout)
		printf("%llu %s exported\n", (unsigned long long)export.count,
		       plural(export.count, "lesson", "lessons"));
	return EX_OK;
}

/* Import. */

struct import {
	struct lessons *lessons;
	struct arena *arena; /* of the batch */
	struct lesson_row rows[BATCH];
	const char *scope;
	size_t count;
	size_t outcomes[LESSON_OVERRULED + 1];
};

/* All of it, before anything is taken over. */
static bool check(struct str text, struct lessons_file *file, struct error *err_r)
{
	struct lesson_row row;
	const char *scope;

	if (!lessons_file_open(file, text, err_r))
		return false;
	while (!file->ended) {
		struct arena *arena = arena_new();
		bool ok = lessons_file_next(file, arena, &scope, &row, err_r);

		arena_free(arena);
		if (!ok && !file->ended)
			return false;
	}
	return true;
}

static bool commit(struct import *import, struct error *err_r)
{
	enum lesson_outcome outcomes[BATCH];

	if (import->count > 0 && !lessons_add(import->lessons, import->scope, import->rows,
	                                      import->count, outcomes, err_r))
		return false;
	for (size_t i = 0; i < import->count; i++)
		import->outcomes[outcomes[i]]++;
	import->count = 0;
	arena_free(import->arena);
	import->arena = arena_new();
	return true;
}

static bool add_rows(struct import *import, struct str text, size_t total, struct error *err_r)
{
	struct lessons_file file;
	struct progress progress;
	bool ok = lessons_file_open(&file, text, err_r);

	progress_begin(&progress, total);
	while (ok) {
		struct lesson_row row;
		const char *scope;

		if (!lessons_file_next(&file, import->arena, &scope, &row, err_r))
			break;
		if (import->count == BATCH ||
		    (import->count > 0 && strcmp(scope, import->scope) != 0)) {
			/* The row's scope goes with the batch. */
			char name[LESSONS_SCOPE_SIZE];

			snprintf(name, sizeof(name), "%s", scope);
			ok = commit(import, err_r);
			scope = arena_cstr(import->arena, str_from(name));
		}
		import->scope = scope;
		import->rows[import->count++] = row;
		progress_step(&progress, file.count);
	}
	progress_end(&progress);
	return ok && file.ended && commit(import, err_r);
}

static int import_text(struct import *import, const struct learn_options *options,
                       const struct settings *settings, struct str text)
{
	struct lessons_file file;
	struct error error;

	if (!check(text, &file, &error)) {
		fprintf(stderr, "assay learn: %s: %s; nothing was imported\n", options->file,
		        error.text);
		return EX_DATAERR;
	}
	import->lessons = learn_open(options, settings, false);
	if (import->lessons == NULL)
		return EX_TEMPFAIL;
	if (!lessons_take_key(import->lessons, file.key, &error)) {
		fprintf(stderr, "assay learn: %s\n", error.text);
		return EX_DATAERR;
	}
	if (!add_rows(import, text, file.count, &error))
		return learn_fail(&error);
	printf("%zu learned, %zu changed, %zu known already\n", import->outcomes[LESSON_LEARNED],
	       import->outcomes[LESSON_CHANGED],
	       import->outcomes[LESSON_KNOWN] + import->outcomes[LESSON_OVERRULED]);
	return EX_OK;
}

int learn_import(const struct learn_options *options, const struct settings *settings)
{
	struct import *import = arena_new_object(options->arena, struct import);
	struct error error;
	struct str text;
	int status;

	if (!cli_read_file(options->arena, options->file, &text, &error)) {
		fprintf(stderr, "assay learn: %s\n", error.text);
		return EX_NOINPUT;
	}
	import->arena = arena_new();
	status = import_text(import, options, settings, text);
	lessons_close(import->lessons);
	arena_free(import->arena);
	return status;
}
