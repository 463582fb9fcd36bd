/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory for one test program, made when first used and removed by scratch_remove(). */
#ifndef TESTS_UNIT_SCRATCH_H
#define TESTS_UNIT_SCRATCH_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char scratch_dir[] = "/tmp/assay-test-XXXXXX";

/* The path of a file there, in one of a few buffers that are used in turn. */
static inline const char *scratch_path(const char *name)
{
	static char paths[8][256];
	static unsigned next;
	char *path = paths[next++ % 8];

	if (strstr(scratch_dir, "XXXXXX") != NULL && mkdtemp(scratch_dir) == NULL)
		abort();
	snprintf(path, sizeof(paths[0]), "%s/%s", scratch_dir, name);
	return path;
}

/* Writes a file there and returns its path. */
static inline const char *scratch_write(const char *name, const char *text)
{
	const char *path = scratch_path(name);
	FILE *file = fopen(path, "w");

	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
	return path;
}

static inline int scratch_remove(void **state)
{
	char command[300];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", scratch_dir);
	return system(command);
}

#endif
