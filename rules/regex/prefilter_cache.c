/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/regex/prefilter_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <hs.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/strbuf.h"

#define SUFFIX    ".hsdb"
#define NAME_SIZE 64
#define FILE_MAX  (256 * 1024 * 1024)
/* Files that stay: of the present rule set and earlier ones. */
#define FILES_KEPT 10
/* A name under which a file is being written is left over after this time. */
#define STALE_S 3600
/* How often a file that is used gets a new date, by which old ones are known. */
#define TOUCH_S 86400

static const char magic[8] = "ASSAYHS4";

struct cache_header {
	char magic[8];
	uint64_t key_hash, key_len;
	uint64_t data_len;
	uint64_t checksum;
};

struct prefilter_cache_key prefilter_cache_key(struct str literals)
{
	struct arena *arena = arena_new();
	struct prefilter_cache_key key;
	hs_platform_info_t platform = { 0 };
	struct strbuf text;

	hs_populate_platform(&platform);
	strbuf_init(&text, arena);
	strbuf_printf(&text, "%.*s %s %u %llu ", (int)sizeof(magic), magic, hs_version(),
	              platform.tune, platform.cpu_features);
	strbuf_add(&text, literals);
	key = (struct prefilter_cache_key){ str_hash(strbuf_str(&text)), text.len };
	arena_free(arena);
	return key;
}

static void file_name(char name[NAME_SIZE], struct prefilter_cache_key key)
{
	snprintf(name, NAME_SIZE, "%016" PRIx64 "-%" PRIx64 SUFFIX, key.hash, key.len);
}

static void note(struct prefilter_cache *cache, const char *name, const char *what)
{
	if (cache->note.text[0] == '\0')
		error_set(&cache->note, "%s%s%s: %s; it is not used", cache->directory,
		          name[0] != '\0' ? "/" : "", name, what);
}

/* The system's own and ours; and, unless we are root, that of whom the directory is given to. */
static bool is_trusted(uid_t owner, const struct stat *directory)
{
	uid_t self = geteuid();

	return owner == 0 || owner == self || (self != 0 && owner == directory->st_uid);
}

/* Root can't trust what the daemon's user writes, but that is as it should be. */
static bool is_daemons(uid_t owner, const struct stat *directory)
{
	return geteuid() == 0 && owner == directory->st_uid;
}

/* The directory, where there is one that others can't write to; else -1. */
static int open_directory(struct prefilter_cache *cache, struct stat *st_r)
{
	int fd = open(cache->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && fstat(fd, st_r) == 0 && (st_r->st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return fd;
	if (fd < 0)
		return -1;
	note(cache, "", "others may write to the cache directory; chmod go-w");
	close(fd);
	return -1;
}

static int open_file(struct prefilter_cache *cache, const char *name, size_t *size_r)
{
	struct stat directory, st;
	int at = open_directory(cache, &directory), fd;
	const char *wrong = NULL;

	if (at < 0)
		return -1;
	fd = openat(at, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	close(at);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		wrong = "no regular file";
	else if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		wrong = "others may write to it";
	else if (!is_trusted(st.st_uid, &directory))
		wrong = is_daemons(st.st_uid, &directory) ? "" : "it belongs to another user";
	else if (st.st_size < (off_t)sizeof(struct cache_header) || st.st_size > FILE_MAX)
		wrong = "it is too short or too long";
	if (wrong != NULL) {
		if (wrong[0] != '\0')
			note(cache, name, wrong);
		close(fd);
		return -1;
	}
	*size_r = (size_t)st.st_size;
	if (time(NULL) - st.st_mtime > TOUCH_S)
		futimens(fd, NULL);
	return fd;
}

static bool read_all(int fd, char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = read(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static bool write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static void free_databases(hs_database_t **databases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		hs_free_database(databases[i]);
		databases[i] = NULL;
	}
}

/* Each has its length in front. */
static bool take_databases(struct str data, hs_database_t **databases_r, size_t count)
{
	uint64_t len;

	for (size_t i = 0; i < count; i++) {
		bool whole = data.len >= sizeof(len);

		if (whole)
			memcpy(&len, data.data, sizeof(len));
		data = str_from_offset(data, sizeof(len));
		if (!whole || len > data.len ||
		    hs_deserialize_database(data.data, len, &databases_r[i]) != HS_SUCCESS) {
			free_databases(databases_r, i);
			return false;
		}
		data = str_from_offset(data, len);
	}
	if (data.len > 0)
		free_databases(databases_r, count);
	return data.len == 0;
}

static bool take(struct str file, struct prefilter_cache_key key, hs_database_t **databases_r,
                 size_t count)
{
	struct str data = str_from_offset(file, sizeof(struct cache_header));
	struct cache_header header;

	memcpy(&header, file.data, sizeof(header));
	return memcmp(header.magic, magic, sizeof(magic)) == 0 && header.key_hash == key.hash &&
	       header.key_len == key.len && header.data_len == data.len &&
	       header.checksum == str_hash_words(data) && take_databases(data, databases_r, count);
}

bool prefilter_cache_get(struct prefilter_cache *cache, struct prefilter_cache_key key,
                         struct hs_database **databases_r, size_t count)
{
	char name[NAME_SIZE];
	bool found = false;
	size_t size;
	char *file;
	int fd;

	if (cache->directory == NULL)
		return false;
	file_name(name, key);
	fd = open_file(cache, name, &size);
	if (fd < 0)
		return false;
	file = memory_alloc(size);
	if (read_all(fd, file, size))
		found = take((struct str){ file, size }, key, databases_r, count);
	if (!found)
		note(cache, name, "it is damaged");
	close(fd);
	free(file);
	return found;
}

/* Of our own files only. */
static bool is_ours(const char *name)
{
	return strstr(name, SUFFIX) != NULL;
}

struct cache_files {
	size_t count;
	char oldest[NAME_SIZE];
	time_t oldest_at;
};

/* Removes what another process left behind half written, and looks for the oldest of the rest. */
static void look_through(int at, DIR *directory, struct cache_files *files)
{
	time_t now = time(NULL);
	struct dirent *entry;
	struct stat st;

	while ((entry = readdir(directory)) != NULL) {
		if (!is_ours(entry->d_name) ||
		    fstatat(at, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (entry->d_name[0] == '.') {
			if (now - st.st_mtime > STALE_S)
				unlinkat(at, entry->d_name, 0);
			continue;
		}
		if (files->count++ == 0 || st.st_mtime < files->oldest_at) {
			snprintf(files->oldest, NAME_SIZE, "%.*s", NAME_SIZE - 1, entry->d_name);
			files->oldest_at = st.st_mtime;
		}
	}
}

/* Leaves as many files as are kept, those that were used last. */
static void tidy(int at)
{
	struct cache_files files;

	do {
		int copy = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		DIR *directory = copy >= 0 ? fdopendir(copy) : NULL;

		if (directory == NULL)
			return;
		files = (struct cache_files){ 0 };
		look_through(at, directory, &files);
		closedir(directory);
	} while (files.count > FILES_KEPT && unlinkat(at, files.oldest, 0) == 0);
}

/* Readable by others, for a rule set is no secret, and the command line tool uses it too. */
static bool write_file(int at, const char *name, const struct cache_header *header,
                       const char *data)
{
	char temporary[NAME_SIZE + 32];
	int fd;
	bool ok;

	snprintf(temporary, sizeof(temporary), ".%s.%ld", name, (long)getpid());
	unlinkat(at, temporary, 0);
	fd = openat(at, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return false;
	ok = write_all(fd, (const char *)header, sizeof(*header)) &&
	     write_all(fd, data, header->data_len) && fchmod(fd, 0644) == 0;
	ok = close(fd) == 0 && ok && renameat(at, temporary, at, name) == 0;
	if (!ok)
		unlinkat(at, temporary, 0);
	return ok;
}

static bool add_database(struct strbuf *out, const hs_database_t *database)
{
	uint64_t len;
	size_t size;
	char *data;

	if (hs_serialize_database(database, &data, &size) != HS_SUCCESS)
		return false;
	len = size;
	strbuf_add(out, (struct str){ (const char *)&len, sizeof(len) });
	strbuf_add(out, (struct str){ data, size });
	free(data);
	return true;
}

static void write_databases(struct prefilter_cache *cache, int at, struct prefilter_cache_key key,
                            struct str data)
{
	struct cache_header header = { .key_hash = key.hash,
		                       .key_len = key.len,
		                       .data_len = data.len,
		                       .checksum = str_hash_words(data) };
	char name[NAME_SIZE];

	memcpy(header.magic, magic, sizeof(magic));
	file_name(name, key);
	if (write_file(at, name, &header, data.data))
		tidy(at);
	else if (errno != EACCES && errno != EROFS && errno != EPERM)
		note(cache, "", strerror(errno));
}

void prefilter_cache_put(struct prefilter_cache *cache, struct prefilter_cache_key key,
                         struct hs_database *const *databases, size_t count)
{
	struct arena *work;
	struct strbuf out;
	struct stat st;
	bool all = true;
	int at;

	/* Where the directory is missing or not ours to write to, nothing is kept: a command that
	 * any user runs has no business with that. */
	if (cache->directory == NULL || (at = open_directory(cache, &st)) < 0)
		return;
	work = arena_new();
	strbuf_init(&out, work);
	for (size_t i = 0; i < count && all; i++)
		all = add_database(&out, databases[i]);
	if (all)
		write_databases(cache, at, key, strbuf_str(&out));
	arena_free(work);
	close(at);
}
