/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lists for spreadsheets and programs: CSV (RFC 4180, with a first line of names) and JSON, an
 * array of objects. A cell of CSV that a spreadsheet would take for a formula gets an apostrophe in
 * front. Into the buffer; pure.
 */
#ifndef WEB_EXPORT_H
#define WEB_EXPORT_H

#include "web/page.h"

/* Names and texts of one row; `number` texts are written as they are. */
struct export_cell {
	const char *name;
	struct str text;
	bool number;
};

/* `count` cells a row; all rows have the same names. */
void export_begin(struct page *page);
/* What takes a row's cells: */
typedef void export_writer(struct page *page, const struct export_cell *cells, size_t count);
/* The first line, from the names of any row's cells: before the rows, and also where there are
 * none. */
export_writer export_names;
export_writer export_row;
void export_end(struct page *page);

/* A number's cell; a time's, as in RFC 3339, in UTC. */
struct export_cell export_number(struct arena *arena, const char *name, int64_t number);
struct export_cell export_time(struct arena *arena, const char *name, int64_t time_us);

/* Records, whole. */
void export_rows(struct page *page, const struct store_rows *rows);

#endif
