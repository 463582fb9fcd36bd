/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/store_recover.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/people.h"
#include "store/salvage_shapes.h"
#include "store/store.h"
#include "store/store_private.h"

/* Of one transaction; mail waits that long. */
#define BATCH 200

struct recovering {
	struct store *store;
	struct people_store *people;
	struct store_recovery *recovery;
	struct error *error;
	struct people_entry_list present; /* in the store before */
	struct arena *arena;              /* of the batch */
	struct record records[2 * BATCH];
	size_t len;
};

/* Files. */

/* Empty for an empty file, or where it may be missing. */
static bool map_file(const char *path, bool may_be_missing, struct str *text_r, struct error *err_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *map = MAP_FAILED;

	*text_r = STR("");
	if (fd < 0 && errno == ENOENT && may_be_missing)
		return true;
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0)
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED && (fd < 0 || st.st_size > 0))
		error_set(err_r, "%s: can't be read: %s", path, strerror(errno));
	else if (map != MAP_FAILED)
		*text_r = (struct str){ map, (size_t)st.st_size };
	if (fd >= 0)
		close(fd);
	return map != MAP_FAILED || (fd >= 0 && st.st_size == 0);
}

static void unmap_file(struct str text)
{
	if (text.len > 0)
		munmap((void *)(uintptr_t)text.data, text.len);
}

/* Writing. */

/* With the news that drops were answered: nothing that comes is one of them offered again. */
static bool write_batch(struct recovering *r)
{
	size_t count = r->len;
	bool ok;

	for (size_t i = 0; i < count; i++) {
		if (!store_awaits_answer(&r->records[i]))
			continue;
		r->records[r->len] = r->records[i];
		r->records[r->len++].answered = true;
		r->recovery->discards++;
	}
	ok = count == 0 || store_write(r->store, r->records, r->len, r->error);
	r->recovery->records += ok ? count : 0;
	r->len = 0;
	arena_free(r->arena);
	r->arena = arena_new();
	return ok;
}

/* An entry that was changed since, or put into the other list, stays so. */
static bool is_present(const struct recovering *r, const struct people_entry *entry)
{
	const struct people_entry *other;

	vec_foreach (&r->present, other)
		if (str_eq(other->scope, entry->scope) && str_eq(other->pattern, entry->pattern))
			return true;
	return false;
}

static bool take_entry(struct recovering *r, const struct people_entry *entry)
{
	bool changed = false;

	if (!is_present(r, entry) && !people_enter(r->people, entry, &changed, r->error))
		return false;
	r->recovery->entries++;
	r->recovery->entries_new += changed;
	return true;
}

static bool read_present(struct recovering *r, struct arena *arena)
{
	struct people_entry_list blocked;
	const struct people_entry *entry;

	if (!people_show(r->people, arena, PEOPLE_WELCOMED, NULL, &r->present, r->error) ||
	    !people_show(r->people, arena, PEOPLE_BLOCKED, NULL, &blocked, r->error))
		return false;
	vec_foreach (&blocked, entry)
		vec_push(arena, &r->present, *entry);
	return true;
}

static bool take_row(const struct salvage_row *row, void *context)
{
	struct recovering *r = context;
	struct people_entry entry;

	if (salvage_record(r->arena, row, &r->records[r->len])) {
		r->len++;
		return r->len < BATCH || write_batch(r);
	}
	return !salvage_entry(row, &entry) || take_entry(r, &entry);
}

static bool take_pages(struct recovering *r, struct str file, struct str log)
{
	struct arena *arena = arena_new();
	struct salvage_pages pages;
	bool ok = true;

	if (salvage_pages_open(arena, file, log, &pages))
		ok = read_present(r, arena);
	r->recovery->headless = pages.headless;
	for (uint32_t number = 1; ok && number <= pages.count; number++)
		ok = salvage_rows(&pages, number, take_row, r);
	ok = ok && write_batch(r);
	arena_free(arena);
	return ok;
}

bool store_recover(const char *path, struct store *store, struct people_store *people,
                   struct store_recovery *recovery_r, struct error *err_r)
{
	struct recovering r = { store, people, recovery_r, err_r, .arena = arena_new() };
	struct str file = STR(""), log = STR("");
	const char *log_path = arena_printf(r.arena, "%s-wal", path).data;
	bool ok;

	*recovery_r = (struct store_recovery){ 0 };
	ok = map_file(path, false, &file, err_r) && map_file(log_path, true, &log, err_r) &&
	     take_pages(&r, file, log);
	unmap_file(file);
	unmap_file(log);
	arena_free(r.arena);
	return ok;
}
