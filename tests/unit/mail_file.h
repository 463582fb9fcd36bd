/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mails of tests/mail, for unit tests. */
#ifndef TESTS_UNIT_MAIL_FILE_H
#define TESTS_UNIT_MAIL_FILE_H

#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"

/* A path below the source directory; `make check` says where that is. */
static inline const char *source_path(struct arena *arena, const char *path)
{
	const char *srcdir = getenv("srcdir");

	return arena_printf(arena, "%s/%s", srcdir != NULL ? srcdir : ".", path).data;
}

/* The bytes of a file; the test program ends where it cannot be read. */
static inline struct str read_file(struct arena *arena, const char *path)
{
	FILE *file = fopen(path, "rb");
	struct strbuf buf;
	size_t len;

	if (file == NULL) {
		perror(path);
		exit(99);
	}
	strbuf_init(&buf, arena);
	while ((len = fread(strbuf_reserve(&buf, 65536), 1, 65536, file)) > 0)
		buf.len += len;
	fclose(file);
	return strbuf_str(&buf);
}

/* tests/mail/NAME.eml */
static inline struct str read_mail(struct arena *arena, const char *name)
{
	return read_file(arena,
	                 source_path(arena, arena_printf(arena, "tests/mail/%s.eml", name).data));
}

#endif
