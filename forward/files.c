/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct watched_file {
	const char *path;
	bool exists;
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
};

static void set_state(struct watched_file *file, const struct stat *st)
{
	file->exists = st != NULL;
	if (st == NULL)
		return;
	file->dev = st->st_dev;
	file->ino = st->st_ino;
	file->size = st->st_size;
	file->mtime = st->st_mtim;
}

static void remember(struct file_list *files, struct arena *arena, const char *path,
                     const struct stat *st)
{
	struct watched_file file = { .path = arena_cstr(arena, str_from(path)) };

	set_state(&file, st);
	vec_push(arena, files, file);
}

static void watch(struct file_list *files, struct arena *arena, const char *path)
{
	struct stat st;

	remember(files, arena, path, stat(path, &st) == 0 ? &st : NULL);
}

static bool read_all(struct arena *arena, FILE *stream, const char *path, size_t size,
                     struct str *text_r, struct error *err_r)
{
	char *data = arena_alloc(arena, size + 1);
	size_t len = fread(data, 1, size, stream);

	if (ferror(stream))
		return error_set(err_r, "%s: cannot be read: %s", path, strerror(errno));
	data[len] = '\0';
	*text_r = (struct str){ data, len };
	return true;
}

static bool check_file(const struct stat *st, const char *path, struct error *err_r)
{
	if (!S_ISREG(st->st_mode))
		return error_set(err_r, "%s: is not a regular file; give the path of a text file",
		                 path);
	if (st->st_size > FILES_MAX_SIZE)
		return error_set(err_r, "%s: is larger than %d bytes; use a database instead", path,
		                 FILES_MAX_SIZE);
	return true;
}

bool files_read(struct file_list *files, struct arena *arena, const char *path, struct str *text_r,
                struct error *err_r)
{
	/* Without O_NONBLOCK, a named pipe there would stop the daemon. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	FILE *stream = fd >= 0 ? fdopen(fd, "r") : NULL;
	struct stat st;
	bool ok;

	if (stream == NULL || fstat(fileno(stream), &st) != 0) {
		error_set(err_r, "%s: cannot be opened: %s; check the path and its permissions",
		          path, strerror(errno));
		if (stream != NULL)
			fclose(stream);
		watch(files, arena, path);
		return false;
	}
	/* Before the reading: a change meanwhile is then noticed. */
	remember(files, arena, path, &st);
	ok = check_file(&st, path, err_r) &&
	     read_all(arena, stream, path, (size_t)st.st_size, text_r, err_r);
	fclose(stream);
	return ok;
}

static bool has_changed(const struct watched_file *file)
{
	struct stat st;

	if (stat(file->path, &st) != 0)
		return file->exists;
	return !file->exists || st.st_dev != file->dev || st.st_ino != file->ino ||
	       st.st_size != file->size || st.st_mtim.tv_sec != file->mtime.tv_sec ||
	       st.st_mtim.tv_nsec != file->mtime.tv_nsec;
}

bool files_changed(const struct file_list *files)
{
	for (size_t i = 0; i < files->len; i++)
		if (has_changed(&files->items[i]))
			return true;
	return false;
}

static bool is_older(const char *path, const struct stat *than)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return false;
	return st.st_mtim.tv_sec < than->st_mtim.tv_sec ||
	       (st.st_mtim.tv_sec == than->st_mtim.tv_sec &&
	        st.st_mtim.tv_nsec < than->st_mtim.tv_nsec);
}

const char *files_index_older(const struct file_list *files, struct arena *arena)
{
	static const char *const endings[] = { "db", "lmdb", "cdb", "pag" };

	for (size_t i = 0; i < files->len; i++) {
		const char *path = files->items[i].path;
		struct stat st;

		if (stat(path, &st) != 0)
			continue;
		for (size_t j = 0; j < sizeof(endings) / sizeof(endings[0]); j++)
			if (is_older(arena_printf(arena, "%s.%s", path, endings[j]).data, &st))
				return path;
	}
	return NULL;
}
