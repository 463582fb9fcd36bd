/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a filter's processes take of the processor and of memory, from Linux' /proc. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/load.h"

struct pid_list {
	vec_members(int);
};

static int parent_of(int pid, unsigned long *user_r, unsigned long *system_r)
{
	char path[64], line[1024];
	const char *after_name;
	FILE *file;
	int parent = -1;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (file == NULL)
		return -1;
	if (fgets(line, sizeof(line), file) != NULL) {
		after_name = strrchr(line, ')');
		if (after_name == NULL ||
		    sscanf(after_name + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
		           &parent, user_r, system_r) != 3)
			parent = -1;
	}
	fclose(file);
	return parent;
}

static bool contains(const struct pid_list *pids, int pid)
{
	for (size_t i = 0; i < pids->len; i++)
		if (pids->items[i] == pid)
			return true;
	return false;
}

/* The processes named and, as children have higher numbers nearly always, one walk of /proc. */
static void collect(struct arena *arena, const struct load *load, struct pid_list *pids)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	unsigned long user, system;

	for (size_t i = 0; i < load->filters.len; i++)
		vec_push(arena, pids, load->filters.items[i]);
	while (proc != NULL && pids->len > 0 && (entry = readdir(proc)) != NULL) {
		int pid = atoi(entry->d_name);

		if (pid > 0 && !contains(pids, pid) &&
		    contains(pids, parent_of(pid, &user, &system)))
			vec_push(arena, pids, pid);
	}
	if (proc != NULL)
		closedir(proc);
}

static double cpu_of(int pid)
{
	struct timespec used;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
		return 0;
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static long pss_of(int pid)
{
	char path[64], line[256];
	long kib = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	file = fopen(path, "r");
	if (file == NULL)
		return 0;
	while (fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "Pss: %ld kB", &kib) == 1)
			break;
	fclose(file);
	return kib;
}

struct usage usage_of(const struct load *load, bool memory)
{
	struct arena *arena = arena_new();
	struct pid_list pids = { 0 };
	struct usage usage = { 0 };
	double tick = (double)sysconf(_SC_CLK_TCK);

	collect(arena, load, &pids);
	for (size_t i = 0; i < pids.len; i++) {
		unsigned long user = 0, system = 0;

		usage.cpu_s += cpu_of(pids.items[i]);
		parent_of(pids.items[i], &user, &system);
		usage.user_s += (double)user / tick;
		usage.system_s += (double)system / tick;
		if (memory)
			usage.pss_kib += pss_of(pids.items[i]);
	}
	usage.processes = pids.len;
	arena_free(arena);
	return usage;
}
