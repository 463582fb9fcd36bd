/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/mail_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/compressed.h"

/* Of a "From " line or of what packed files begin with. */
#define START_BYTES 5

bool mail_file_read(struct arena *arena, const char *path, struct str *text_r, struct error *err_r)
{
	struct error why;

	if (strcmp(path, "-") == 0 && isatty(STDIN_FILENO))
		fputs("assay: waiting for a message on standard input; Ctrl-D ends it\n", stderr);
	if (!cli_read_file(arena, path, text_r, err_r))
		return false;
	return !compressed_is(*text_r) ||
	       compressed_expand(arena, *text_r, COMPRESSED_MAX, text_r, &why) ||
	       error_set(err_r, "%s: %s", path, why.text);
}

static bool is_mbox_start(struct str text)
{
	return str_starts(text, STR("From "));
}

static bool is_packed_mbox(const char *path)
{
	struct arena *arena = arena_new();
	struct error error;
	struct str text;
	bool is = mail_file_read(arena, path, &text, &error) && is_mbox_start(text);

	arena_free(arena);
	return is;
}

bool mail_file_is_mbox(const char *path)
{
	char bytes[START_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd >= 0 ? read(fd, bytes, sizeof(bytes)) : -1;
	struct str start = { bytes, got > 0 ? (size_t)got : 0 };

	if (fd >= 0)
		close(fd);
	return is_mbox_start(start) || (compressed_is(start) && is_packed_mbox(path));
}

bool mail_file_is_maildir(const char *path)
{
	struct arena *arena = arena_new();
	struct stat status;
	bool is = stat(arena_printf(arena, "%s/cur", path).data, &status) == 0 &&
	          S_ISDIR(status.st_mode) &&
	          stat(arena_printf(arena, "%s/new", path).data, &status) == 0 &&
	          S_ISDIR(status.st_mode);

	arena_free(arena);
	return is;
}
