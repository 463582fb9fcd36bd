/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What of a list is wanted, as it stands in the page's address: read from there, shown as a form,
 * and written back for links to the same list in other forms. Pure; in the page's arena.
 */
#ifndef WEB_LIST_FILTER_H
#define WEB_LIST_FILTER_H

#include "web/page.h"

struct list_filter {
	struct store_filter mail;
	struct str span; /* "1h", "24h", "7d", "30d" or "all", as in the address */
};

/* `otherwise`: the span where none is asked for; `limit`: rows. */
struct list_filter list_filter_read(const struct page *page, const char *otherwise, size_t limit);

/* The form; submitting it asks for the page anew. */
void list_filter_form(struct page *page, const struct list_filter *filter);

/* The fields alone, for a form that has more. */
void list_filter_fields(struct page *page, const struct list_filter *filter);

/* "name?since=24h&account=…", escaped for an attribute; `more` is appended as it is. */
void list_filter_link(struct page *page, const struct list_filter *filter, const char *name,
                      const char *more);

/* Links to the list as CSV and JSON. */
void list_filter_downloads(struct page *page, const struct list_filter *filter);

#endif
