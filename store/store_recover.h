/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Brings what can be read of a damaged file into the present store. */
#ifndef STORE_STORE_RECOVER_H
#define STORE_STORE_RECOVER_H

#include "base/error.h"

struct store;
struct people_store;

struct store_recovery {
	size_t records, discards; /* those that were found, and of them those of dropped mail */
	size_t entries;           /* of lists of senders */
	size_t entries_new;       /* of them, those that were not there */
	bool headless;            /* what had been removed may be back; see salvage_pages.h */
};

/*
 * Reads FILE and FILE-wal, which stay as they are, and writes the records and lists that are there.
 * What the store has already stays as it is and is not there twice, so that this may be repeated.
 * False with the reason where a file can't be read or the store can't be written; what was written
 * by then is there.
 */
bool store_recover(const char *path, struct store *store, struct people_store *people,
                   struct store_recovery *recovery_r, struct error *err_r);

#endif
