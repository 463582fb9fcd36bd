/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries are "LENGTH CHECKSUM\n" in hexadecimal digits of fixed width, and the encoded record. */
#include "store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "store/journal_entry.h"

#define REPLAY_STEP 500
/* What is read or copied at a time. */
#define COPY_STEP 65536

struct journal {
	char *path;
	int fd;
	off_t size; /* of what was written */
	off_t max;
	size_t damaged; /* bytes that were kept aside and not yet reported */
};

static bool fail(const struct journal *journal, const char *what, struct error *err_r)
{
	return error_set(err_r, "%s: %s: %s", journal->path, what, strerror(errno));
}

/* "PATH" with a suffix; in the arena. */
static const char *other_name(struct arena *arena, const struct journal *journal, const char *end)
{
	return arena_printf(arena, "%s%s", journal->path, end).data;
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

static bool write_at(int fd, struct str text, off_t offset)
{
	while (text.len > 0) {
		ssize_t written = pwrite(fd, text.data, text.len, offset);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		offset += written;
		text = str_from_offset(text, (size_t)written);
	}
	return true;
}

/* Damage. */

static bool keep_aside(struct journal *journal, struct str bytes, struct error *err_r)
{
	struct arena *arena = arena_new();
	const char *name = other_name(arena, journal, ".damaged");
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	struct stat st;
	bool ok = fd >= 0 && fstat(fd, &st) == 0 && write_at(fd, bytes, st.st_size) &&
	          fdatasync(fd) == 0 && sync_directory(name);

	if (!ok)
		error_set(err_r, "%s: what is damaged cannot be kept in %s: %s", journal->path,
		          name, strerror(errno));
	if (fd >= 0)
		close(fd);
	arena_free(arena);
	journal->damaged += ok ? bytes.len : 0;
	return ok;
}

static void tell_damage(struct journal *journal)
{
	if (journal->damaged > 0)
		log_error(NULL,
		          "store: %s: %zu bytes of it are damaged and were moved to %s.damaged; "
		          "the rest was read",
		          journal->path, journal->damaged, journal->path);
	journal->damaged = 0;
}

/* Writing anew. */

/* Copies the entries that are not older to the end of another file, which holds *size bytes. */
static bool copy_entries(struct journal *journal, int64_t before_us, int to, off_t *size,
                         struct error *err_r)
{
	off_t offset = 0;

	for (;;) {
		struct arena *arena = arena_new();
		struct journal_piece piece;
		bool ok = journal_entry_next(arena, journal->fd, offset, journal->size, &piece);
		bool more = ok && piece.bytes.len > 0;

		if (!ok)
			fail(journal, "cannot be read", err_r);
		if (more && !piece.whole)
			ok = keep_aside(journal, piece.bytes, err_r);
		if (ok && more && piece.whole && piece.record.time_us >= before_us) {
			ok = write_at(to, piece.bytes, *size) ||
			     fail(journal, "cannot be written", err_r);
			*size += (off_t)piece.bytes.len;
		}
		offset += more ? (off_t)piece.bytes.len : 0;
		arena_free(arena);
		if (!ok || !more)
			return ok;
	}
}

static bool put_in_place(struct journal *journal, int fd, const char *name, struct error *err_r)
{
	return (flock(fd, LOCK_EX | LOCK_NB) == 0 && fdatasync(fd) == 0 &&
	        rename(name, journal->path) == 0 && sync_directory(journal->path)) ||
	       fail(journal, "cannot be written anew", err_r);
}

/* Without what is older, or damaged. The new file is whole before it gets the name. */
static bool rewrite(struct journal *journal, int64_t before_us, struct error *err_r)
{
	struct arena *arena = arena_new();
	const char *name = other_name(arena, journal, ".new");
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	off_t size = 0;
	bool ok = fd >= 0 || fail(journal, "cannot be written anew", err_r);

	ok = ok && copy_entries(journal, before_us, fd, &size, err_r) &&
	     put_in_place(journal, fd, name, err_r);
	if (ok) {
		close(journal->fd);
		journal->fd = fd;
		journal->size = size;
		tell_damage(journal);
	} else if (fd >= 0) {
		close(fd);
		unlink(name);
	}
	arena_free(arena);
	return ok;
}

/* Opening. */

/* True while the name is that of the open file. */
static bool is_current(const struct journal *journal)
{
	struct stat open_file, named;

	return fstat(journal->fd, &open_file) == 0 && stat(journal->path, &named) == 0 &&
	       open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
}

static bool open_locked(struct journal *journal, struct error *err_r)
{
	do {
		if (journal->fd >= 0)
			close(journal->fd);
		journal->fd = open(journal->path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
		if (journal->fd < 0)
			return fail(journal, "cannot be opened", err_r);
		if (flock(journal->fd, LOCK_EX | LOCK_NB) != 0)
			return error_set(err_r,
			                 "%s: another process uses it; give each assayd a journal "
			                 "of its own (store redis://…?journal=PATH)",
			                 journal->path);
		/* The process that had it before may have put another file in its place meanwhile.
		 */
	} while (!is_current(journal));
	return true;
}

/* True where everything up to the end is whole. */
static bool is_whole(const struct journal *journal)
{
	off_t offset = 0;

	for (;;) {
		struct arena *arena = arena_new();
		struct journal_piece piece;
		bool whole =
			journal_entry_next(arena, journal->fd, offset, journal->size, &piece) &&
			piece.whole;
		bool end = piece.bytes.len == 0;

		offset += (off_t)piece.bytes.len;
		arena_free(arena);
		if (!whole || end)
			return whole;
	}
}

static bool set_up(struct journal *journal, struct error *err_r)
{
	struct stat st;

	if (!open_locked(journal, err_r))
		return false;
	if (fstat(journal->fd, &st) != 0 || !sync_directory(journal->path))
		return fail(journal, "cannot be written", err_r);
	journal->size = st.st_size;
	return is_whole(journal) || rewrite(journal, INT64_MIN, err_r);
}

struct journal *journal_open(const char *path, int64_t max_bytes, struct error *err_r)
{
	struct journal *journal = memory_calloc(1, sizeof(*journal));

	journal->path = memory_strdup(path);
	journal->fd = -1;
	journal->max = (off_t)max_bytes;
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

int64_t journal_size(const struct journal *journal)
{
	return journal->size;
}

/* Appending. */

/* What is open goes to the end of what has the name now. */
static bool move_to_name(struct journal *journal, struct error *err_r)
{
	struct journal *named = journal_open(journal->path, journal->max, err_r);
	bool ok;

	if (named == NULL)
		return false;
	ok = copy_entries(journal, INT64_MIN, named->fd, &named->size, err_r) &&
	     (fdatasync(named->fd) == 0 || fail(journal, "cannot be written", err_r));
	if (ok) {
		close(journal->fd);
		journal->fd = named->fd;
		journal->size = named->size;
		named->fd = -1;
		log_warning(NULL,
		            "store: %s: was removed or replaced while it was open; its records "
		            "are in a new one",
		            journal->path);
	}
	journal_close(named);
	return ok;
}

/* What was taken out of the file by others is gone; what comes next must not come after a gap.
 */
static bool notice_cut(struct journal *journal, struct error *err_r)
{
	struct stat st;

	if (fstat(journal->fd, &st) != 0)
		return fail(journal, "cannot be read", err_r);
	if (st.st_size >= journal->size)
		return true;
	log_error(NULL,
	          "store: %s: somebody cut it from %lld to %lld bytes; what was there is lost",
	          journal->path, (long long)journal->size, (long long)st.st_size);
	journal->size = st.st_size;
	return true;
}

static bool append(struct journal *journal, struct str text, struct error *err_r)
{
	if (!is_current(journal) && !move_to_name(journal, err_r))
		return false;
	if (!notice_cut(journal, err_r))
		return false;
	if (journal->size + (off_t)text.len > journal->max)
		return error_set(err_r, "%s: has reached its limit of %lld MB", journal->path,
		                 (long long)journal->max / (1024 * 1024));
	if (write_at(journal->fd, text, journal->size) && fdatasync(journal->fd) == 0) {
		journal->size += (off_t)text.len;
		return true;
	}
	fail(journal, "cannot be written", err_r);
	/* An incomplete entry must not precede what comes next. */
	if (ftruncate(journal->fd, journal->size) != 0)
		fail(journal, "cannot be cut", err_r);
	return false;
}

bool journal_append(struct journal *journal, const struct record *records, size_t count,
                    struct error *err_r)
{
	struct arena *arena = arena_new();
	struct strbuf buf;
	bool ok;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < count; i++)
		journal_entry_add(&buf, &records[i]);
	ok = append(journal, strbuf_str(&buf), err_r);
	/* If the file was removed just now, what was written is carried over. */
	if (ok && !is_current(journal))
		ok = move_to_name(journal, err_r);
	arena_free(arena);
	return ok;
}

/* Reading. */

bool journal_read(struct journal *journal, struct arena *arena, int64_t *position,
                  struct journal_records *records_r, struct error *err_r)
{
	int64_t at = *position;

	if (!notice_cut(journal, err_r))
		return false;
	*records_r = (struct journal_records){
		arena_calloc(arena, REPLAY_STEP, sizeof(*records_r->items)), 0
	};
	while (records_r->len < REPLAY_STEP && at < journal->size) {
		struct journal_piece piece;

		if (!journal_entry_next(arena, journal->fd, at, journal->size, &piece) ||
		    piece.bytes.len == 0)
			return fail(journal, "cannot be read", err_r);
		if (piece.whole)
			records_r->items[records_r->len++] = piece.record;
		else if (!keep_aside(journal, piece.bytes, err_r))
			return false;
		at += (int64_t)piece.bytes.len;
	}
	*position = at;
	return true;
}

bool journal_clear(struct journal *journal, struct error *err_r)
{
	if (journal->size > 0 && (ftruncate(journal->fd, 0) != 0 || fdatasync(journal->fd) != 0))
		return fail(journal, "cannot be emptied", err_r);
	journal->size = 0;
	tell_damage(journal);
	return true;
}

bool journal_forget(struct journal *journal, int64_t before_us, struct error *err_r)
{
	return rewrite(journal, before_us, err_r);
}

bool journal_replay(struct journal *journal,
                    bool (*take)(const struct record *records, size_t count, void *context,
                                 struct error *err_r),
                    void *context, struct error *err_r)
{
	int64_t position = 0;
	bool ok = true;

	while (ok && position < journal->size) {
		struct arena *arena = arena_new();
		struct journal_records records;

		ok = journal_read(journal, arena, &position, &records, err_r) &&
		     (records.len == 0 || take(records.items, records.len, context, err_r));
		arena_free(arena);
	}
	return ok && journal_clear(journal, err_r);
}
