/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal's entries as bytes: what is whole, and where the next whole one begins. */
#ifndef STORE_JOURNAL_ENTRY_H
#define STORE_JOURNAL_ENTRY_H

#include <sys/types.h>

#include "base/strbuf.h"
#include "store/record.h"

/* Appends an entry. */
void journal_entry_add(struct strbuf *buf, const struct record *record);

/* A piece of the file: an entry, or bytes that aren't one. In the arena. */
struct journal_piece {
	struct str bytes; /* empty at the end */
	bool whole;       /* an entry, or the end */
	struct record record;
};
/* What stands at `offset` of a file that ends at `end`. False with errno where it can't be read.
 * Any bytes may stand there. */
bool journal_entry_next(struct arena *arena, int fd, off_t offset, off_t end,
                        struct journal_piece *piece_r);

#endif
