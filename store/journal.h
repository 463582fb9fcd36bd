/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file of records that wait for a server to come back. Appended records are on the disk when
 * journal_append() returns; a tail that a crash left unfinished is cut off when it is opened. One
 * process and thread at a time; a second one is told so.
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "base/error.h"
#include "store/record.h"

struct journal;

/* NULL with the reason where it cannot be opened, written, or is in use. */
struct journal *journal_open(const char *path, struct error *err_r);
void journal_close(struct journal *journal);

bool journal_is_empty(const struct journal *journal);
bool journal_append(struct journal *journal, const struct record *records, size_t count,
                    struct error *err_r);

/*
 * Hands over all records in order, some hundreds at a time, and empties the file once all were
 * taken. Where `take` returns false, all of them stay: who takes them has to know them again.
 */
bool journal_replay(struct journal *journal,
                    bool (*take)(const struct record *records, size_t count, void *context,
                                 struct error *err_r),
                    void *context, struct error *err_r);

#endif
