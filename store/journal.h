/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file of records that wait for a server. Appended records are on the disk, in the file that has
 * the name, when journal_append() returns. What is damaged, or was left unfinished by a crash, is
 * appended to PATH.damaged, which the log says, and the rest is read. One process and thread at a
 * time; a second one is told so.
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "base/arena.h"
#include "base/error.h"
#include "store/record.h"

struct journal;

/* It takes no more than max_bytes. NULL with the reason where it cannot be opened, written, or is
 * in use. */
struct journal *journal_open(const char *path, int64_t max_bytes, struct error *err_r);
void journal_close(struct journal *journal);

bool journal_is_empty(const struct journal *journal);
/* Bytes. */
int64_t journal_size(const struct journal *journal);
bool journal_append(struct journal *journal, const struct record *records, size_t count,
                    struct error *err_r);

/*
 * The next some hundreds of records from *position on, which begins at 0, in the arena; *position
 * moves past them, and is journal_size() at the end. False where the file, or what is damaged of
 * it, can't be read and kept: then *position stays.
 */
struct journal_records {
	struct record *items;
	size_t len;
};
bool journal_read(struct journal *journal, struct arena *arena, int64_t *position,
                  struct journal_records *records_r, struct error *err_r);

/* Forgets all records. */
bool journal_clear(struct journal *journal, struct error *err_r);
/* Forgets those that are older. */
bool journal_forget(struct journal *journal, int64_t before_us, struct error *err_r);

/*
 * Hands over all records in order, some hundreds at a time, and empties the file once all were
 * taken. If `take` returns false, all of them stay, so it must recognise records that it has taken
 * before.
 */
bool journal_replay(struct journal *journal,
                    bool (*take)(const struct record *records, size_t count, void *context,
                                 struct error *err_r),
                    void *context, struct error *err_r);

#endif
