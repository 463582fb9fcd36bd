/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of records with what goes with it: live rows, older ones, and how much was found. */
#ifndef WEB_LIST_H
#define WEB_LIST_H

#include "web/list_filter.h"

/* Rows of a page, and of a download. */
#define LIST_ROWS        100
#define LIST_ROWS_EXPORT 10000

/* How many rows the page's format has. */
size_t list_limit(const struct page *page);

/* Reads the rows that the filter wants. */
bool list_read(struct page *page, const struct list_filter *filter, struct store_rows *rows_r,
               struct error *err_r);

/* The table. `name`: the page that older rows are on; `live`: new ones come in at the top, by
 * events of that page. */
void list_table(struct page *page, const struct list_filter *filter, const struct store_rows *rows,
                const char *name, bool live);

#endif
