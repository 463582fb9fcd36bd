/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/journal_entry.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "store/record_codec.h"

#define HEAD_LEN     26 /* 8 digits, a space, 16 digits, a line feed */
#define LENGTH_LEN   8
#define CHECKSUM_LEN 16
#define ENTRY_MAX    (1024 * 1024)
/* Damaged bytes that are looked at at a time. */
#define WINDOW 65536

void journal_entry_add(struct strbuf *buf, const struct record *record)
{
	struct strbuf entry;

	strbuf_init(&entry, buf->arena);
	record_encode(&entry, record);
	strbuf_printf(buf, "%08llx %016llx\n", (unsigned long long)entry.len,
	              (unsigned long long)str_hash(strbuf_str(&entry)));
	strbuf_add(buf, strbuf_str(&entry));
}

/* True where all of it was read; false with errno 0 where the file is shorter. */
static bool read_all(int fd, char *data, size_t len, off_t offset)
{
	while (len > 0) {
		ssize_t got = pread(fd, data, len, offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			errno = got == 0 ? 0 : errno;
			return false;
		}
		data += got;
		offset += got;
		len -= (size_t)got;
	}
	return true;
}

/* Only digits as they were written: another way to write the number is damage as well. */
static bool parse_hex(const char *digits, size_t len, uint64_t *value_r)
{
	static const char all[] = "0123456789abcdef";

	*value_r = 0;
	for (size_t i = 0; i < len; i++) {
		const char *digit = memchr(all, digits[i], 16);

		if (digit == NULL)
			return false;
		*value_r = *value_r << 4 | (uint64_t)(digit - all);
	}
	return true;
}

static bool parse_head(const char *head, uint64_t *len_r, uint64_t *sum_r)
{
	return head[LENGTH_LEN] == ' ' && head[HEAD_LEN - 1] == '\n' &&
	       parse_hex(head, LENGTH_LEN, len_r) &&
	       parse_hex(head + LENGTH_LEN + 1, CHECKSUM_LEN, sum_r) && *len_r <= ENTRY_MAX;
}

/* The whole entry at `offset`; false where there is none, or with errno not 0. */
static bool read_entry(struct arena *arena, int fd, off_t offset, off_t end,
                       struct journal_piece *piece_r)
{
	char head[HEAD_LEN], *data;
	uint64_t len, sum;
	struct str text;

	errno = 0;
	if (end - offset < HEAD_LEN || !read_all(fd, head, HEAD_LEN, offset) ||
	    !parse_head(head, &len, &sum) || (uint64_t)(end - offset) - HEAD_LEN < len)
		return false;
	data = arena_alloc(arena, HEAD_LEN + len);
	memcpy(data, head, HEAD_LEN);
	if (!read_all(fd, data + HEAD_LEN, len, offset + HEAD_LEN))
		return false;
	text = (struct str){ data + HEAD_LEN, len };
	piece_r->bytes = (struct str){ data, HEAD_LEN + len };
	piece_r->whole = str_hash(text) == sum && record_decode(arena, text, &piece_r->record);
	return piece_r->whole;
}

/* How many of `len` bytes at `offset` stand before the next whole entry, or all of them. */
static size_t find_entry(struct arena *arena, int fd, off_t offset, off_t end, const char *data,
                         size_t len)
{
	struct journal_piece ignored;
	uint64_t number, sum;

	for (size_t i = 1; i + HEAD_LEN <= len; i++)
		if (parse_head(data + i, &number, &sum) &&
		    read_entry(arena, fd, offset + (off_t)i, end, &ignored))
			return i;
	/* A head may begin in what is left. */
	return offset + (off_t)len < end ? len - HEAD_LEN + 1 : len;
}

static bool read_damage(struct arena *arena, int fd, off_t offset, off_t end,
                        struct journal_piece *piece_r)
{
	size_t len = end - offset < WINDOW ? (size_t)(end - offset) : WINDOW;
	char *data = arena_alloc(arena, len);

	if (!read_all(fd, data, len, offset)) {
		errno = errno != 0 ? errno : EIO;
		return false;
	}
	*piece_r = (struct journal_piece){ 0 };
	piece_r->bytes = (struct str){ data, find_entry(arena, fd, offset, end, data, len) };
	return true;
}

bool journal_entry_next(struct arena *arena, int fd, off_t offset, off_t end,
                        struct journal_piece *piece_r)
{
	*piece_r = (struct journal_piece){ .bytes = STR(""), .whole = true };
	if (offset >= end || read_entry(arena, fd, offset, end, piece_r))
		return true;
	return errno == 0 && read_damage(arena, fd, offset, end, piece_r);
}
