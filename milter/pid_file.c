/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/pid_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool path_text(struct str path, char text[PATH_MAX])
{
	if (path.len == 0 || path.len >= PATH_MAX)
		return false;
	memcpy(text, path.data, path.len);
	text[path.len] = '\0';
	return true;
}

bool pid_file_write(struct str path, struct error *err_r)
{
	char text[PATH_MAX];
	FILE *file;

	if (path.len == 0)
		return true;
	if (!path_text(path, text))
		return error_set(err_r, "pid_file: the path is too long");
	file = fopen(text, "we");
	if (file == NULL)
		return error_set(err_r, "pid_file %s: %s", text, strerror(errno));
	fprintf(file, "%ld\n", (long)getpid());
	if (fclose(file) != 0)
		return error_set(err_r, "pid_file %s: %s", text, strerror(errno));
	return true;
}

void pid_file_remove(struct str path)
{
	char text[PATH_MAX];
	long pid = 0;
	FILE *file;

	if (!path_text(path, text))
		return;
	file = fopen(text, "re");
	if (file == NULL)
		return;
	if (fscanf(file, "%ld", &pid) == 1 && pid == (long)getpid())
		unlink(text);
	fclose(file);
}
