/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a salvaged row is, by its shape: the tables are in store_sqlite.c. What damage has changed
 * without being noticed by SQLite is mostly noticed here, as a row says some things twice. Pure;
 * thread-safe.
 */
#ifndef STORE_SALVAGE_SHAPES_H
#define STORE_SALVAGE_SHAPES_H

#include "facts/people.h"
#include "store/record.h"
#include "store/salvage_rows.h"

/* True for a row of "records"; its texts are in the arena. */
bool salvage_record(struct arena *arena, const struct salvage_row *row, struct record *record_r);
/* True for one of "people_lists"; its texts are the row's. */
bool salvage_entry(const struct salvage_row *row, struct people_entry *entry_r);

#endif
