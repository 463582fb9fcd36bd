/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as the file of a copy: refused, or read within its limit. After a first byte "w", the
 * rest is a message and an envelope that have to come back as they were written.
 */
#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "release/copy.h"

#define MESSAGE_MAX 100000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_any(struct arena *arena, struct str text)
{
	struct error err;
	struct copy copy;

	if (!copy_read(arena, text, MESSAGE_MAX, &copy, &err))
		return;
	assert(copy.raw.len <= MESSAGE_MAX && copy.scan_id.len > 0);
	for (size_t i = 0; i < copy.recipients.len; i++)
		assert(copy.recipients.items[i].argument.len > 0);
}

static void round_trip(struct arena *arena, struct str text)
{
	struct copy in = { .scan_id = STR("id"), .sender = text, .raw = text }, out;
	struct copy_recipient *recipient = vec_add(arena, &in.recipients);
	int fd = memfd_create("copy", MFD_CLOEXEC);
	struct error err;
	struct str file;
	off_t size;
	char *bytes;

	recipient->argument = STR("joe@aol.example");
	vec_push(arena, &recipient->accounts, text);
	assert(fd >= 0 && copy_write(fd, &in, &err));
	size = lseek(fd, 0, SEEK_END);
	bytes = arena_alloc(arena, (size_t)size + 1);
	assert(pread(fd, bytes, (size_t)size, 0) == size);
	close(fd);
	file = (struct str){ bytes, (size_t)size };
	assert(copy_read(arena, file, text.len, &out, &err));
	assert(str_eq(out.raw, text) && str_eq(out.sender, text));
	assert(str_eq(out.recipients.items[0].accounts.items[0], text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct str text = { (const char *)data, size };

	if (size > 0 && data[0] == 'w')
		round_trip(arena, str_from_offset(text, 1));
	else
		read_any(arena, text);
	arena_free(arena);
	return 0;
}
