/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/pid_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/replace_file.h"

static bool path_text(struct str path, char text[PATH_MAX])
{
	if (path.len == 0 || path.len >= PATH_MAX)
		return false;
	memcpy(text, path.data, path.len);
	text[path.len] = '\0';
	return true;
}

/* Whether we may replace the file: there is none, or it holds a process id. */
static bool check_old(const char *path, struct error *err_r)
{
	char text[32] = "";
	struct stat st;
	ssize_t len;
	int fd;

	if (lstat(path, &st) != 0)
		return errno == ENOENT ||
		       error_set(err_r, "pid_file %s: %s", path, strerror(errno));
	fd = S_ISREG(st.st_mode)
	             ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
	             : -1;
	len = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	if (fd >= 0)
		close(fd);
	if (len >= 0 && text[strspn(text, "0123456789\n")] == '\0')
		return true;
	return error_set(err_r,
	                 "pid_file %s: there is something that is no file with a process id; "
	                 "remove it or choose another path",
	                 path);
}

static bool write_new(const char *path, struct error *err_r)
{
	char number[24];
	struct error error;

	snprintf(number, sizeof(number), "%ld\n", (long)getpid());
	return replace_file(path, str_from(number), 0644, 0, &error) ||
	       error_set(err_r, "pid_file %s", error.text);
}

bool pid_file_write(struct str path, struct error *err_r)
{
	char text[PATH_MAX];

	if (path.len == 0)
		return true;
	if (!path_text(path, text))
		return error_set(err_r, "pid_file: the path is too long");
	return check_old(text, err_r) && write_new(text, err_r);
}

void pid_file_remove(struct str path)
{
	char text[PATH_MAX], number[32] = "";
	int fd;

	if (!path_text(path, text))
		return;
	fd = open(text, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return;
	if (read(fd, number, sizeof(number) - 1) > 0 && strtol(number, NULL, 10) == (long)getpid())
		unlink(text);
	close(fd);
}
