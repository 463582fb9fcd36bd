/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "update/canary_sample.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "message/mbox.h"
#include "release/copies.h"

/* Made from contrib/canary. */
static const char built_in_ham[] =
#include "update/canary_ham.inc"
	;
static const char built_in_spam[] =
#include "update/canary_spam.inc"
	;

struct folder {
	struct arena *arena;
	struct canary_sample *sample;
	struct problems *problems;
	const struct source_position *at; /* of the setting */
	size_t *bytes;
	bool spam;
};

static void add(struct arena *arena, struct canary_sample *sample, struct str name, struct str text,
                bool spam)
{
	vec_push(arena, sample,
	         ((struct canary_message){ .name = name, .text = text, .spam = spam }));
}

static void add_mbox(struct arena *arena, struct canary_sample *sample, struct str name,
                     struct str mbox, bool spam)
{
	struct str message;
	size_t number = 0;

	while (number < CANARY_FOLDER_MAX && mbox_next(&mbox, &message)) {
		struct str line;

		str_next_line(&message, &line);
		number++;
		add(arena, sample, arena_printf(arena, "%.*s:%zu", STR_FMT(name), number), message,
		    spam);
	}
}

static bool read_file(struct folder *folder, struct str path, struct str *text_r)
{
	int fd = open(path.data, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	bool ok = fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode);

	*text_r = STR("");
	if (ok && status.st_size > 0) {
		size_t size = (size_t)status.st_size, len = 0;
		char *text;
		ssize_t got;

		if (size > CANARY_BYTES_MAX - *folder->bytes)
			size = CANARY_BYTES_MAX - *folder->bytes;
		text = arena_alloc(folder->arena, size + 1);
		while (len < size && (got = read(fd, text + len, size - len)) > 0)
			len += (size_t)got;
		*text_r = (struct str){ text, len };
		*folder->bytes += len;
	}
	if (!ok)
		problems_add(folder->problems, PROBLEM_WARNING, folder->at,
		             "canary_mail: %.*s can't be read: %s", STR_FMT(path), strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok && text_r->len > 0;
}

static void add_file(struct folder *folder, struct str path)
{
	struct str text;

	if (!read_file(folder, path, &text))
		return;
	if (str_starts(text, STR("From ")))
		add_mbox(folder->arena, folder->sample, path, text, folder->spam);
	else
		add(folder->arena, folder->sample, path, text, folder->spam);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* False where there is no such folder. */
static bool find_files(struct folder *folder, struct str path, struct str_list *files)
{
	char *const paths[] = { arena_cstr(folder->arena, path), NULL };
	FTS *tree;
	FTSENT *entry;

	if (access(paths[0], F_OK) != 0)
		return false;
	tree = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, by_name);
	while (tree != NULL && (entry = fts_read(tree)) != NULL) {
		if (entry->fts_level > 0 && entry->fts_name[0] == '.')
			fts_set(tree, entry, FTS_SKIP);
		else if (entry->fts_info == FTS_F)
			vec_push(folder->arena, files,
			         arena_str(folder->arena, str_from(entry->fts_path)));
		else if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR)
			problems_add(folder->problems, PROBLEM_WARNING, folder->at,
			             "canary_mail: %s can't be read: %s", entry->fts_path,
			             strerror(entry->fts_errno));
	}
	if (tree != NULL)
		fts_close(tree);
	return true;
}

static bool add_folder(struct folder *folder, struct str directory)
{
	struct str_list files = { 0 };
	size_t take;

	if (!find_files(folder,
	                arena_printf(folder->arena, "%.*s/%s", STR_FMT(directory),
	                             folder->spam ? "spam" : "ham"),
	                &files))
		return false;
	take = files.len < CANARY_FOLDER_MAX ? files.len : CANARY_FOLDER_MAX;
	for (size_t i = 0; i < take && *folder->bytes < CANARY_BYTES_MAX; i++)
		add_file(folder, files.items[i * files.len / take]);
	return true;
}

struct paths {
	struct arena *arena;
	struct str_list list;
};

static void note_path(const char *path, void *context)
{
	struct paths *paths = context;

	vec_push(paths->arena, &paths->list, arena_str(paths->arena, str_from(path)));
}

/* What is dropped is the spam of this site that the rules in force are surest of. */
static void add_copies(struct arena *arena, const struct settings *settings,
                       struct canary_sample *sample, size_t *bytes, struct problems *problems)
{
	const struct source_position *at = settings_place_of(settings, "discarded_copies");
	struct paths paths = { .arena = arena };
	struct error error;
	size_t take;

	if (settings->discarded_copies.age_ms == 0)
		return;
	if (!copies_visit_since(arena_cstr(arena, settings->discarded_copies_directory),
	                        (int64_t)time(NULL) - CANARY_COPIES_S, note_path, &paths, &error))
		problems_add(problems, PROBLEM_WARNING, at, "the copies of dropped mail: %s",
		             error.text);
	take = paths.list.len < CANARY_COPIES_MAX ? paths.list.len : CANARY_COPIES_MAX;
	for (size_t i = 0; i < take && *bytes < CANARY_BYTES_MAX; i++) {
		struct str path = paths.list.items[i * paths.list.len / take];
		struct copy copy;

		if (copies_read(arena, path.data, &copy, &error)) {
			add(arena, sample, path, copy.raw, true);
			*bytes += copy.raw.len;
		} else if (access(path.data, F_OK) == 0) {
			problems_add(problems, PROBLEM_WARNING, at, "%s", error.text);
		}
	}
}

void canary_sample_read(struct arena *arena, const struct settings *settings,
                        struct canary_sample *sample_r, struct problems *problems)
{
	const struct str *directory;
	size_t bytes = 0;

	*sample_r = (struct canary_sample){ 0 };
	add_mbox(arena, sample_r, STR("sample/ham"), STR(built_in_ham), false);
	add_mbox(arena, sample_r, STR("sample/spam"), STR(built_in_spam), true);
	add_copies(arena, settings, sample_r, &bytes, problems);
	vec_foreach (&settings->canary_mail, directory) {
		struct folder folder = {
			.arena = arena,
			.sample = sample_r,
			.problems = problems,
			.at = settings_place(settings, "canary_mail", *directory),
			.bytes = &bytes,
		};
		bool found = add_folder(&folder, *directory);

		folder.spam = true;
		if (!add_folder(&folder, *directory) && !found)
			problems_add(problems, PROBLEM_WARNING, folder.at,
			             "canary_mail: %.*s has neither a directory ham nor one called "
			             "spam; put kept mail there",
			             STR_FMT(*directory));
	}
}
