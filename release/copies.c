/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "release/copies.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "store/digest.h"

/* What is being written begins with a dot, and is forgotten after this. */
#define UNFINISHED_S 3600
#define SUFFIX_LEN   8
/* More than a header in front of max_message_size can take. */
#define MESSAGE_MAX ((size_t)1 << 30)
#define ID_MAX      64
#define BLOCK       512

bool copies_make_folder(const char *folder, struct error *err_r)
{
	struct stat st;

	if (mkdir(folder, 0700) != 0 && errno != EEXIST)
		return error_set(err_r, "%s: can't be made: %s", folder, strerror(errno));
	if (stat(folder, &st) != 0)
		return error_set(err_r, "%s: %s", folder, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return error_set(err_r, "%s: is no folder", folder);
	if ((st.st_mode & 077) != 0)
		return error_set(err_r, "%s: is open to others; run chmod 700 on it", folder);
	return true;
}

/* It becomes part of a file's name. */
static bool is_id(struct str id)
{
	for (size_t i = 0; i < id.len; i++)
		if (!char_is_digit(id.data[i]) && (id.data[i] < 'a' || id.data[i] > 'z'))
			return false;
	return id.len > 0 && id.len <= ID_MAX;
}

/* The hop sees a message once for each destination; the front's scan id is the same. */
static struct str name_of(struct arena *arena, const struct copy *copy)
{
	struct strbuf text;

	strbuf_init(&text, arena);
	strbuf_add(&text, copy->queue_id);
	for (size_t i = 0; i < copy->recipients.len; i++)
		strbuf_printf(&text, "\n%.*s", STR_FMT(copy->recipients.items[i].argument));
	return arena_printf(arena, "%.*s-%.*s", STR_FMT(copy->scan_id),
	                    STR_FMT(str_prefix(digest_text(arena, strbuf_str(&text)), SUFFIX_LEN)));
}

static bool sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static bool write_file(const char *path, const struct copy *copy, int64_t *size_r,
                       struct error *err_r)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct error why;
	struct stat st;
	bool ok;

	if (fd < 0)
		return error_set(err_r, "%s: %s", path, strerror(errno));
	ok = copy_write(fd, copy, &why);
	if (ok && (fsync(fd) != 0 || fstat(fd, &st) != 0))
		ok = error_set(&why, "%s", strerror(errno));
	if (close(fd) != 0 && ok)
		ok = error_set(&why, "%s", strerror(errno));
	if (!ok)
		return error_set(err_r, "%s: %s", path, why.text);
	*size_r = (int64_t)st.st_blocks * BLOCK;
	return true;
}

static const char *path_of(struct arena *arena, const char *folder, const char *before,
                           struct str name)
{
	return arena_printf(arena, "%s/%s%.*s", folder, before, STR_FMT(name)).data;
}

bool copies_write(const char *folder, const struct copy *copy, int64_t *size_r, struct error *err_r)
{
	struct arena *arena = arena_new();
	struct str name = name_of(arena, copy);
	const char *path = path_of(arena, folder, "", name);
	const char *unfinished = path_of(arena, folder, ".", name);
	bool ok = is_id(copy->scan_id) || error_set(err_r, "its scan id can't name a file");

	if (ok) {
		unlink(unfinished);
		ok = write_file(unfinished, copy, size_r, err_r);
		if (ok && (rename(unfinished, path) != 0 || !sync_folder(folder)))
			ok = error_set(err_r, "%s: %s", path, strerror(errno));
		if (!ok)
			unlink(unfinished);
	}
	arena_free(arena);
	return ok;
}

void copies_remove(const char *folder, const struct copy *copy)
{
	struct arena *arena = arena_new();

	if (is_id(copy->scan_id)) {
		unlink(path_of(arena, folder, "", name_of(arena, copy)));
		sync_folder(folder);
	}
	arena_free(arena);
}

/* Finding. */

static bool is_of(const char *name, struct str scan_id)
{
	return str_starts(str_from(name), scan_id) && name[scan_id.len] == '-';
}

static bool read_file(struct arena *arena, const char *path, struct str *data_r,
                      struct error *err_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	size_t got = 0;
	ssize_t n = 1;
	char *data;

	if (fd < 0 || fstat(fd, &st) != 0 || st.st_size < 0 || (size_t)st.st_size > COPY_FILE_MAX) {
		error_set(err_r, "%s: %s", path, fd < 0 ? strerror(errno) : "is too large");
		if (fd >= 0)
			close(fd);
		return false;
	}
	data = arena_alloc(arena, (size_t)st.st_size + 1);
	while (got < (size_t)st.st_size && n > 0) {
		n = read(fd, data + got, (size_t)st.st_size - got);
		if (n > 0)
			got += (size_t)n;
		else if (n < 0 && errno == EINTR)
			n = 1;
	}
	close(fd);
	*data_r = (struct str){ data, got };
	return n >= 0 || error_set(err_r, "%s: %s", path, strerror(errno));
}

bool copies_read(struct arena *arena, const char *path, struct copy *copy_r, struct error *err_r)
{
	struct str data;
	struct error why;

	if (!read_file(arena, path, &data, err_r))
		return false;
	return copy_read(arena, data, MESSAGE_MAX, copy_r, &why) ||
	       error_set(err_r, "%s: %s", path, why.text);
}

static int by_time(const void *a, const void *b)
{
	int64_t x = ((const struct copy *)a)->time_us, y = ((const struct copy *)b)->time_us;

	return x < y ? -1 : x > y;
}

static bool read_all(struct arena *arena, const char *folder, struct str scan_id,
                     struct copies_list *copies, struct error *err_r)
{
	DIR *directory = opendir(folder);
	const struct dirent *entry;
	bool ok = true;

	if (directory == NULL)
		return error_set(err_r, "%s: %s", folder, strerror(errno));
	while (ok && (entry = readdir(directory)) != NULL)
		if (is_of(entry->d_name, scan_id))
			ok = copies_read(arena, path_of(arena, folder, "", str_from(entry->d_name)),
			                 vec_add(arena, copies), err_r);
	closedir(directory);
	return ok;
}

bool copies_find(struct arena *arena, const char *folder, struct str scan_id,
                 struct copies_list *copies_r, struct error *err_r)
{
	*copies_r = (struct copies_list){ 0 };
	if (!is_id(scan_id))
		return true;
	if (!read_all(arena, folder, scan_id, copies_r, err_r))
		return false;
	if (copies_r->len > 1)
		qsort(copies_r->items, copies_r->len, sizeof(*copies_r->items), by_time);
	return true;
}

bool copies_has(const char *folder, struct str scan_id)
{
	DIR *directory = is_id(scan_id) ? opendir(folder) : NULL;
	const struct dirent *entry;
	bool found = false;

	while (directory != NULL && !found && (entry = readdir(directory)) != NULL)
		found = is_of(entry->d_name, scan_id);
	if (directory != NULL)
		closedir(directory);
	return found;
}

/* What is kept no longer. */

struct kept_file {
	struct str name;
	struct timespec time;
	int64_t size;
	bool unfinished;
};
struct kept_files {
	vec_members(struct kept_file);
};

static bool list_files(struct arena *arena, const char *folder, struct kept_files *files,
                       struct error *err_r)
{
	DIR *directory = opendir(folder);
	const struct dirent *entry;
	struct stat st;

	if (directory == NULL)
		return error_set(err_r, "%s: %s", folder, strerror(errno));
	while ((entry = readdir(directory)) != NULL) {
		struct kept_file file = { .unfinished = entry->d_name[0] == '.' };

		if (fstatat(dirfd(directory), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		file.name = arena_str(arena, str_from(entry->d_name));
		file.time = st.st_mtim;
		file.size = (int64_t)st.st_blocks * BLOCK;
		vec_push(arena, files, file);
	}
	closedir(directory);
	return true;
}

bool copies_visit_since(const char *folder, int64_t since_s,
                        void (*visit)(const char *path, void *context), void *context,
                        struct error *err_r)
{
	struct arena *arena = arena_new();
	struct kept_files files = { 0 };
	const struct kept_file *file;
	bool ok = access(folder, F_OK) != 0 || list_files(arena, folder, &files, err_r);

	vec_foreach (&files, file)
		if (ok && !file->unfinished && file->time.tv_sec >= since_s)
			visit(path_of(arena, folder, "", file->name), context);
	arena_free(arena);
	return ok;
}

static int by_age(const void *a, const void *b)
{
	const struct timespec *x = &((const struct kept_file *)a)->time;
	const struct timespec *y = &((const struct kept_file *)b)->time;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec < y->tv_sec ? -1 : 1;
	return x->tv_nsec < y->tv_nsec ? -1 : x->tv_nsec > y->tv_nsec;
}

static void sweep_files(struct arena *arena, const char *folder, int64_t before_s,
                        int64_t max_bytes, struct kept_files *files, int64_t *used)
{
	if (files->len > 1)
		qsort(files->items, files->len, sizeof(*files->items), by_age);
	for (size_t i = 0; i < files->len; i++)
		*used += files->items[i].size;
	for (size_t i = 0; i < files->len; i++) {
		const struct kept_file *file = &files->items[i];
		bool old = file->unfinished ? file->time.tv_sec < time(NULL) - UNFINISHED_S
		                            : file->time.tv_sec < before_s;

		if (!old && (*used <= max_bytes || file->unfinished))
			continue;
		if (unlink(path_of(arena, folder, "", file->name)) == 0)
			*used -= file->size;
	}
}

bool copies_sweep(const char *folder, int64_t before_s, int64_t max_bytes, int64_t *used_r,
                  struct error *err_r)
{
	struct arena *arena = arena_new();
	struct kept_files files = { 0 };
	bool ok = list_files(arena, folder, &files, err_r);

	*used_r = 0;
	if (ok)
		sweep_files(arena, folder, before_s, max_bytes, &files, used_r);
	arena_free(arena);
	return ok;
}
