/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file of compiled prefilters, spoiled. Bytes in pairs say where, and by what; a first byte
 * that is odd: the bytes are the file, an even one: its checksum is made right again, but for what
 * is compiled, which Hyperscan checks itself. The rules find the same with whatever file.
 */
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rules/read/reader.h"
#include "tests/fuzz/rules_match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILE_MAX    (1024 * 1024)
#define HEADER_SIZE 40

static const char rules[] =
	"body A /some words/i\nbody B /other words/\nheader C Subject =~ /hello/\n";
static const char mail[] = "Subject: well, hello\n\nsome words, not others\n";
static char directory[] = "/tmp/assay-fuzz-XXXXXX";
static char path[sizeof(directory) + 300];
static char original[FILE_MAX];
static size_t original_size;

static size_t hits_with_cache(void)
{
	struct ruleset_options options = { .scanners = 1, .cache_directory = STR(directory) };
	struct arena *arena = arena_new();
	struct ruleset *set = ruleset_new(&options);
	struct problems problems;
	size_t count;

	problems_init(&problems, arena);
	reader_read_text(set, "fuzz.cf", NULL, STR(rules), &problems);
	ruleset_finish(set, &problems);
	count = rules_match(arena, set, STR(mail))->len;
	ruleset_free(set);
	arena_free(arena);
	return count;
}

static void remove_all(void)
{
	unlink(path);
	rmdir(directory);
}

/* Lets the file be written; there is none in builds without Hyperscan. */
static void prepare(void)
{
	struct dirent *entry;
	DIR *files;
	int fd;

	assert(mkdtemp(directory) != NULL);
	atexit(remove_all);
	hits_with_cache();
	files = opendir(directory);
	assert(files != NULL);
	while ((entry = readdir(files)) != NULL)
		if (entry->d_name[0] != '.')
			snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
	closedir(files);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	original_size = (size_t)read(fd, original, sizeof(original));
	close(fd);
	assert(original_size > HEADER_SIZE && original_size < FILE_MAX);
}

static void write_file(const char *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0644);

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

/* Pairs of three: where, in two bytes, and what it becomes. */
static void spoil(const uint8_t *data, size_t size)
{
	static char file[FILE_MAX];
	uint64_t sum;

	memcpy(file, original, original_size);
	for (; size >= 3; data += 3, size -= 3)
		file[(data[0] * 256u + data[1]) % original_size] = (char)data[2];
	sum = str_hash_words((struct str){ file + HEADER_SIZE, original_size - HEADER_SIZE });
	memcpy(file + HEADER_SIZE - sizeof(sum), &sum, sizeof(sum));
	write_file(file, original_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (path[0] == '\0')
		prepare();
	if (size == 0 || original_size == 0)
		return 0;
	if (data[0] % 2 == 1)
		write_file((const char *)data + 1, size - 1);
	else
		spoil(data + 1, size - 1);
	assert(hits_with_cache() == 2);
	return 0;
}
