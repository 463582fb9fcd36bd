/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as the file of records that wait for a server, and whole entries between them: no byte
 * is lost, what is an entry is read, and what was whole before is whole still.
 */
#include <assert.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "store/journal_entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MARK "entry"

static const struct record record = { .time_us = 1700000000000000,
	                              .kind = RECORD_DISCARDED,
	                              .queue_id = "4XyZ",
	                              .sender = "a@b.example" };

/* The bytes, with an entry in place of each MARK. */
static size_t write_file(struct arena *arena, int fd, struct str text, size_t *entries_r)
{
	struct strbuf buf;
	ptrdiff_t at;

	strbuf_init(&buf, arena);
	for (*entries_r = 0; (at = str_find(text, STR(MARK))) >= 0; (*entries_r)++) {
		strbuf_add(&buf, str_prefix(text, (size_t)at));
		journal_entry_add(&buf, &record);
		text = str_from_offset(text, (size_t)at + strlen(MARK));
	}
	strbuf_add(&buf, text);
	assert(ftruncate(fd, 0) == 0);
	assert(pwrite(fd, strbuf_str(&buf).data, buf.len, 0) == (ssize_t)buf.len);
	return buf.len;
}

static void check_piece(struct arena *arena, int fd, off_t offset,
                        const struct journal_piece *piece)
{
	char *same = arena_alloc(arena, piece->bytes.len);
	struct strbuf again;

	assert(pread(fd, same, piece->bytes.len, offset) == (ssize_t)piece->bytes.len);
	assert(memcmp(same, piece->bytes.data, piece->bytes.len) == 0);
	if (!piece->whole)
		return;
	/* An entry that is written anew is read as the same. */
	strbuf_init(&again, arena);
	journal_entry_add(&again, &piece->record);
	assert(again.len > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct str text = { (const char *)data, size };
	size_t entries, whole = 0;
	static int fd = -1;
	off_t at = 0, end;

	if (fd < 0)
		fd = memfd_create("journal", MFD_CLOEXEC);
	assert(fd >= 0);
	end = (off_t)write_file(arena, fd, text, &entries);
	for (;;) {
		struct journal_piece piece;

		assert(journal_entry_next(arena, fd, at, end, &piece));
		if (piece.bytes.len == 0)
			break;
		check_piece(arena, fd, at, &piece);
		whole += piece.whole;
		at += (off_t)piece.bytes.len;
	}
	assert(at == end && whole >= entries);
	arena_free(arena);
	return 0;
}
