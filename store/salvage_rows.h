/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rows on a page, of whatever table: from tables, and from what is kept without row ids.
 * Entries of indexes come, too; who knows a table tells its rows by their shape. Pure; thread-safe.
 */
#ifndef STORE_SALVAGE_ROWS_H
#define STORE_SALVAGE_ROWS_H

#include "store/salvage_pages.h"

#define SALVAGE_COLUMNS_MAX 40

enum salvage_kind { SALVAGE_NULL, SALVAGE_NUMBER, SALVAGE_TEXT, SALVAGE_OTHER };

struct salvage_value {
	enum salvage_kind kind;
	int64_t number;
	struct str text;
};

struct salvage_row {
	bool has_rowid;
	size_t count;
	struct salvage_value values[SALVAGE_COLUMNS_MAX];
};

/* Until it returns false; what is given is valid during the call. */
typedef bool salvage_visit(const struct salvage_row *row, void *context);

/* Those that can be read of a page; false where `visit` said so. */
bool salvage_rows(const struct salvage_pages *pages, uint32_t number, salvage_visit *visit,
                  void *context);

#endif
