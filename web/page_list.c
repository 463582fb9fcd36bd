/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/page_list.h"

#include "web/export.h"
#include "web/frame.h"
#include "web/list.h"

/* What the page is about, in a sentence. */
static enum word lead_of(const struct page *page)
{
	return (page->type->kinds & 1u << RECORD_DISCARDED_INFECTED) != 0 ? WORD_LEAD_INFECTED
	                                                                  : WORD_LEAD_DELIVERIES;
}

bool page_list_records(struct page *page, struct error *err_r)
{
	struct list_filter filter = list_filter_read(page, "7d", list_limit(page));
	struct strbuf *buf = &page->response->body;
	struct store_rows rows;

	if (!list_read(page, &filter, &rows, err_r))
		return false;
	if (page->format != PAGE_HTML) {
		export_rows(page, &rows);
		return true;
	}
	frame_begin(page);
	html_raw(buf, "<p class=\"lead\">");
	html_word(buf, lead_of(page));
	html_raw(buf, "</p>\n");
	list_filter_form(page, &filter);
	list_table(page, &filter, &rows, page->type->name, true);
	list_filter_downloads(page, &filter);
	frame_end(page);
	return true;
}
