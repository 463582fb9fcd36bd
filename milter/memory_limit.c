/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/memory_limit.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/str.h"

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t machine_bytes(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

	return pages > 0 && size > 0 ? (size_t)pages * (size_t)size : SIZE_MAX;
}

static size_t address_space_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	size_t pages = 0;

	if (file == NULL)
		return 0;
	if (fscanf(file, "%zu", &pages) != 1)
		pages = 0;
	fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

size_t memory_limit_of_process(void)
{
	size_t used = address_space_bytes();
	struct rlimit limit;

	if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
		return SIZE_MAX;
	return limit.rlim_cur > used ? (limit.rlim_cur - used) / 2 : 0;
}

static size_t limit_in(const char *directory, const char *name)
{
	char path[3 * PATH_MAX];
	size_t bytes = SIZE_MAX;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "re");
	if (file == NULL)
		return SIZE_MAX;
	/* "max" where there is none. */
	if (fscanf(file, "%zu", &bytes) != 1)
		bytes = SIZE_MAX;
	fclose(file);
	return bytes;
}

/* Whether a list with commas has the word. */
static bool has_word(const char *list, const char *word)
{
	struct str rest = str_from(list), piece;

	while (str_next_piece(&rest, ',', &piece))
		if (str_eq(piece, str_from(word)))
			return true;
	return false;
}

/* The group's path, "/" and so on, in a line "NUMBER:CONTROLLERS:PATH"; version 2 has the
 * controllers "". NULL: it is another line. */
static const char *path_in(char *line, const char *controller)
{
	char *controllers = strchr(line, ':');
	char *path = controllers != NULL ? strchr(controllers + 1, ':') : NULL;

	if (path == NULL)
		return NULL;
	*path++ = '\0';
	return *path == '/' && has_word(controllers + 1, controller) ? path : NULL;
}

static bool read_group(const char *membership, const char *controller, char *group, size_t size)
{
	FILE *file = fopen(membership, "re");
	char line[PATH_MAX];
	bool found = false;

	if (file == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), file) != NULL) {
		const char *path;

		line[strcspn(line, "\n")] = '\0';
		path = path_in(line, controller);
		found = path != NULL && (size_t)snprintf(group, size, "%s", path) < size;
	}
	fclose(file);
	return found;
}

/* In a container the group's path may be the host's, and the root is the group. */
static size_t limit_up_from(const char *membership, const char *controller, const char *root,
                            const char *name)
{
	char group[PATH_MAX], directory[2 * PATH_MAX];
	size_t least = limit_in(root, name);

	if (!read_group(membership, controller, group, sizeof(group)))
		return least;
	for (char *end = group + strlen(group); end != NULL && end > group;
	     end = strrchr(group, '/')) {
		*end = '\0';
		snprintf(directory, sizeof(directory), "%s%s", root, group);
		least = smaller(least, limit_in(directory, name));
	}
	return least;
}

size_t memory_limit_of_cgroup(const char *membership, const char *root)
{
	char root_of_memory[PATH_MAX];

	snprintf(root_of_memory, sizeof(root_of_memory), "%s/memory", root);
	return smaller(
		limit_up_from(membership, "", root, "memory.max"),
		limit_up_from(membership, "memory", root_of_memory, "memory.limit_in_bytes"));
}

size_t memory_limit_default(void)
{
	size_t group = memory_limit_of_cgroup("/proc/self/cgroup", "/sys/fs/cgroup");

	return smaller(memory_limit_of_process(), smaller(machine_bytes() / 4, group / 2));
}
