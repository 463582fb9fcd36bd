/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries are "LENGTH CHECKSUM\n" in hexadecimal digits of fixed width, and the encoded record. */
#include "store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/record_codec.h"

#define HEAD_LEN 26 /* 8 digits, a space, 16 digits, a line feed */
/* What a server that is down for days leaves. */
#define JOURNAL_MAX (1024L * 1024 * 1024)
#define ENTRY_MAX   (1024 * 1024)
#define REPLAY_STEP 500

struct journal {
	char *path;
	int fd;
	off_t size; /* of what is whole */
};

static bool fail(const struct journal *journal, const char *what, struct error *err_r)
{
	return error_set(err_r, "%s: %s: %s", journal->path, what, strerror(errno));
}

/* The whole entry at `offset`, in the arena; false where there is none. */
static bool read_entry(const struct journal *journal, struct arena *arena, off_t offset,
                       struct str *entry_r)
{
	char head[HEAD_LEN + 1] = "", *data, *end;
	unsigned long long len, sum;

	if (pread(journal->fd, head, HEAD_LEN, offset) != HEAD_LEN || head[8] != ' ' ||
	    head[HEAD_LEN - 1] != '\n')
		return false;
	len = strtoull(head, &end, 16);
	sum = strtoull(head + 9, &end, 16);
	if (len > ENTRY_MAX)
		return false;
	data = arena_alloc(arena, len);
	if (pread(journal->fd, data, len, offset + HEAD_LEN) != (ssize_t)len)
		return false;
	*entry_r = (struct str){ data, len };
	return str_hash(*entry_r) == sum;
}

/* Where the last whole entry ends. */
static off_t find_end(const struct journal *journal)
{
	struct str entry;
	off_t offset = 0;
	bool found;

	do {
		struct arena *arena = arena_new();

		found = read_entry(journal, arena, offset, &entry);
		if (found)
			offset += HEAD_LEN + (off_t)entry.len;
		arena_free(arena);
	} while (found);
	return offset;
}

/* A new file's name has to be on the disk as well. */
static bool sync_directory(const char *path)
{
	char *copy = memory_strdup(path), *slash = strrchr(copy, '/');
	bool ok;
	int fd;

	if (slash != NULL)
		slash[slash == copy] = '\0';
	fd = open(slash != NULL ? copy : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	free(copy);
	return ok;
}

static bool set_up(struct journal *journal, struct error *err_r)
{
	struct stat st;

	journal->fd = open(journal->path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (journal->fd < 0)
		return fail(journal, "cannot be opened", err_r);
	if (flock(journal->fd, LOCK_EX | LOCK_NB) != 0)
		return error_set(err_r,
		                 "%s: another process uses it; give each assayd a journal of its "
		                 "own (store redis://…?journal=PATH)",
		                 journal->path);
	journal->size = find_end(journal);
	if (fstat(journal->fd, &st) != 0 ||
	    (st.st_size > journal->size && ftruncate(journal->fd, journal->size) != 0) ||
	    !sync_directory(journal->path))
		return fail(journal, "cannot be written", err_r);
	return true;
}

struct journal *journal_open(const char *path, struct error *err_r)
{
	struct journal *journal = memory_calloc(1, sizeof(*journal));

	journal->path = memory_strdup(path);
	if (set_up(journal, err_r))
		return journal;
	journal_close(journal);
	return NULL;
}

void journal_close(struct journal *journal)
{
	if (journal == NULL)
		return;
	if (journal->fd >= 0)
		close(journal->fd);
	free(journal->path);
	free(journal);
}

bool journal_is_empty(const struct journal *journal)
{
	return journal->size == 0;
}

static void add_entry(struct strbuf *buf, struct arena *arena, const struct record *record)
{
	struct strbuf entry;

	strbuf_init(&entry, arena);
	record_encode(&entry, record);
	strbuf_printf(buf, "%08llx %016llx\n", (unsigned long long)entry.len,
	              (unsigned long long)str_hash(strbuf_str(&entry)));
	strbuf_add(buf, strbuf_str(&entry));
}

static bool write_all(const struct journal *journal, struct str text)
{
	off_t offset = journal->size;

	while (text.len > 0) {
		ssize_t written = pwrite(journal->fd, text.data, text.len, offset);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		offset += written;
		text = str_from_offset(text, (size_t)written);
	}
	return fdatasync(journal->fd) == 0;
}

bool journal_append(struct journal *journal, const struct record *records, size_t count,
                    struct error *err_r)
{
	struct arena *arena = arena_new();
	struct strbuf buf;
	bool ok;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < count; i++)
		add_entry(&buf, arena, &records[i]);
	if (journal->size + (off_t)buf.len > JOURNAL_MAX) {
		ok = error_set(err_r, "%s: has reached its limit of 1 GB", journal->path);
	} else {
		ok = write_all(journal, strbuf_str(&buf)) ||
		     fail(journal, "cannot be written", err_r);
		/* What is there in part must not stand before what comes next. */
		if (ok)
			journal->size += (off_t)buf.len;
		else if (ftruncate(journal->fd, journal->size) != 0)
			fail(journal, "cannot be cut", err_r);
	}
	arena_free(arena);
	return ok;
}

/* Reads up to REPLAY_STEP records from *offset on. */
static size_t read_step(const struct journal *journal, struct arena *arena, off_t *offset,
                        struct record records[REPLAY_STEP])
{
	size_t count = 0;
	struct str entry;

	while (count < REPLAY_STEP && *offset < journal->size &&
	       read_entry(journal, arena, *offset, &entry)) {
		*offset += HEAD_LEN + (off_t)entry.len;
		count += record_decode(arena, entry, &records[count]);
	}
	return count;
}

bool journal_replay(struct journal *journal,
                    bool (*take)(const struct record *records, size_t count, void *context,
                                 struct error *err_r),
                    void *context, struct error *err_r)
{
	off_t offset = 0;
	bool ok = true;

	while (ok && offset < journal->size) {
		struct arena *arena = arena_new();
		struct record *records = arena_calloc(arena, REPLAY_STEP, sizeof(*records));
		off_t before = offset;
		size_t count = read_step(journal, arena, &offset, records);

		ok = count == 0 || take(records, count, context, err_r);
		if (ok && offset == before)
			ok = error_set(err_r, "%s: cannot be read", journal->path);
		arena_free(arena);
	}
	if (!ok)
		return false;
	if (journal->size > 0 && (ftruncate(journal->fd, 0) != 0 || fdatasync(journal->fd) != 0))
		return fail(journal, "cannot be emptied", err_r);
	journal->size = 0;
	return true;
}
