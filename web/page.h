/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One request being answered: what was asked, by whom, and what he may see. Pages are functions
 * that fill the response; pages.c has the table of them. In the request's arena; one thread.
 */
#ifndef WEB_PAGE_H
#define WEB_PAGE_H

#include "store/store_view.h"
#include "web/response.h"
#include "web/web.h"

enum page_format {
	PAGE_HTML,
	PAGE_CSV,
	PAGE_JSON,
};

struct page_type;

struct page {
	const struct web *web;
	struct arena *arena;
	const struct request *request;
	struct visitor visitor;
	const struct page_type *types; /* all of them; the last one has no name */
	const struct page_type *type;
	enum page_format format;
	struct store_view
		*view;  /* narrowed to the visitor; its store only where the type has one */
	int64_t now_us; /* since 1970 */
	struct response *response;
};

struct page_type {
	const char *name; /* in the address */
	enum word title;
	bool (*show)(struct page *page, struct error *err_r); /* false: the store failed */
	bool listed;                                          /* in the navigation */
	bool staff;                                           /* for staff alone */
	bool needs_store;
	bool has_data;  /* as CSV and JSON, too */
	unsigned kinds; /* of records, where the page is a list of these */
};

#endif
