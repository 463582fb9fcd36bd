/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/list.h"

#include "web/frame.h"
#include "web/row.h"

size_t list_limit(const struct page *page)
{
	return page->format == PAGE_HTML ? LIST_ROWS : LIST_ROWS_EXPORT;
}

/* In as many answers as it takes: each has a limit of its own. */
bool list_read(struct page *page, const struct list_filter *filter, struct store_rows *rows_r,
               struct error *err_r)
{
	struct store_filter wanted = filter->mail;
	size_t limit = wanted.limit;
	struct store_rows rows;
	const struct store_row *row;

	*rows_r = (struct store_rows){ 0 };
	do {
		wanted.limit = limit - rows_r->len;
		if (wanted.limit > STORE_VIEW_ROWS_MAX)
			wanted.limit = STORE_VIEW_ROWS_MAX;
		if (!store_view_newest(page->view, page->arena, &wanted, &rows, err_r))
			return false;
		vec_foreach (&rows, row)
			vec_push(page->arena, rows_r, *row);
		rows_r->more = rows.more;
		rows_r->incomplete = rows.incomplete;
		wanted.before_us = rows_r->next_us = rows.next_us;
		wanted.before_id = rows_r->next_id = rows.next_id;
	} while (rows.more && !rows.incomplete && rows.len > 0 && rows_r->len < limit);
	return true;
}

/* Only a script can show new rows, so it takes off `hidden`. */
static void add_live(struct page *page, const struct list_filter *filter)
{
	struct strbuf *buf = &page->response->body;

	strbuf_printf(buf, "<div class=\"live\" hidden data-live=\"events-%s?since=1h",
	              page->type->name);
	if (filter->mail.account.len > 0) {
		html_raw(buf, "&amp;account=");
		html_link_value(buf, filter->mail.account);
	}
	if (filter->mail.destination.len > 0) {
		html_raw(buf, "&amp;to=");
		html_link_value(buf, filter->mail.destination);
	}
	html_raw(buf, "\"><span class=\"dot\" aria-hidden=\"true\"></span> "
	              "<span role=\"status\" aria-live=\"polite\" data-on=\"");
	html_word(buf, WORD_LIVE_ON);
	html_raw(buf, "\" data-off=\"");
	html_word(buf, WORD_LIVE_OFF);
	html_raw(buf, "\" data-lost=\"");
	html_word(buf, WORD_LIVE_LOST);
	html_raw(buf, "\" data-new=\"");
	html_word(buf, WORD_LIVE_NEW);
	html_raw(buf, "\"></span> <button type=\"button\" class=\"quiet\" data-pause=\"");
	html_word(buf, WORD_PAUSE);
	html_raw(buf, "\" data-resume=\"");
	html_word(buf, WORD_RESUME);
	html_raw(buf, "\">");
	html_word(buf, WORD_PAUSE);
	html_raw(buf, "</button></div>\n");
}

static void add_older(struct page *page, const struct list_filter *filter,
                      const struct store_rows *rows, const char *name)
{
	struct strbuf *buf = &page->response->body;

	html_raw(buf, "<p class=\"older\"><a class=\"button\" href=\"");
	list_filter_link(page, filter, name,
	                 arena_printf(page->arena, "&amp;before=%lld&amp;at=%lld",
	                              (long long)rows->next_id, (long long)rows->next_us)
	                         .data);
	html_raw(buf, "\">");
	html_word(buf, WORD_OLDER);
	html_raw(buf, "</a></p>\n");
}

void list_table(struct page *page, const struct list_filter *filter, const struct store_rows *rows,
                const char *name, bool live)
{
	struct strbuf *buf = &page->response->body;
	const struct store_row *row;

	live = live && filter->mail.before_id == 0;
	if (live)
		add_live(page, filter);
	if (rows->incomplete)
		frame_note(buf, WORD_INCOMPLETE, STR(""));
	if (rows->len == 0)
		frame_note(buf, WORD_NOTHING, STR(""));
	if (rows->len > 0 || live) {
		strbuf_printf(buf, "<table class=\"rows\"%s>", rows->len == 0 ? " hidden" : "");
		row_head(buf);
		html_raw(buf, "<tbody>\n");
		vec_foreach (rows, row)
			row_add(buf, row);
		html_raw(buf, "</tbody></table>\n");
	}
	if (rows->more)
		add_older(page, filter, rows, name);
}
