/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/page_rejects.h"

#include "web/export.h"
#include "web/frame.h"
#include "web/list_filter.h"
#include "web/row.h"

#define DOMAINS_SHOWN 1000

static void export_count(struct page *page, const struct store_count *count, export_writer *write)
{
	const struct export_cell cells[] = {
		{ "domain", str_from(count->domain), false },
		{ "action", str_from(row_kind_name(count->kind)), false },
		export_number(page->arena, "count", count->count),
	};

	write(page, cells, sizeof(cells) / sizeof(*cells));
}

static void export_counts(struct page *page, const struct store_counts *counts)
{
	const struct store_count *count;

	export_begin(page);
	export_count(page, &(struct store_count){ 0 }, export_names);
	vec_foreach (counts, count)
		export_count(page, count, export_row);
	export_end(page);
}

static void add_count(struct strbuf *buf, const struct store_count *count)
{
	html_raw(buf, "<tr><td class=\"number\">");
	html_number(buf, count->count);
	html_raw(buf, "</td><td class=\"address\">");
	html_cstr(buf, count->domain);
	strbuf_printf(buf, "</td><td><span class=\"badge %s\">", row_class(count->kind));
	html_word(buf, row_action(count->kind));
	html_raw(buf, "</span></td></tr>\n");
}

static void add_table(struct page *page, const struct store_counts *counts)
{
	struct strbuf *buf = &page->response->body;

	if (counts->len == 0) {
		frame_note(buf, WORD_NOTHING, STR(""));
		return;
	}
	html_raw(buf, "<p>");
	html_count(buf, counts->total, WORD_REFUSED_ONE, WORD_REFUSED_MANY);
	html_raw(buf,
	         "</p>\n<table class=\"counts\"><thead><tr><th scope=\"col\" class=\"number\">");
	html_word(buf, WORD_COUNT_OF);
	html_raw(buf, "</th><th scope=\"col\">");
	html_word(buf, WORD_DOMAIN);
	html_raw(buf, "</th><th scope=\"col\">");
	html_word(buf, WORD_ACTION);
	html_raw(buf, "</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < counts->len && i < DOMAINS_SHOWN; i++)
		add_count(buf, &counts->items[i]);
	html_raw(buf, "</tbody></table>\n");
	if (counts->more || counts->len > DOMAINS_SHOWN)
		frame_note(buf, WORD_DOMAINS_MORE, STR(""));
}

bool page_rejects(struct page *page, struct error *err_r)
{
	struct list_filter filter = list_filter_read(page, "7d", DOMAINS_SHOWN);
	struct strbuf *buf = &page->response->body;
	struct store_counts counts;
	bool by_domain = str_find_char(page->visitor.account, '@') < 0;

	if (!store_view_counts(page->view, page->arena, &filter.mail, &counts, err_r))
		return false;
	if (page->format != PAGE_HTML) {
		export_counts(page, &counts);
		return true;
	}
	frame_begin(page);
	html_raw(buf, "<p class=\"lead\">");
	html_word(buf, WORD_LEAD_REJECTS);
	html_raw(buf, "</p>\n");
	if (by_domain) {
		list_filter_form(page, &filter);
		add_table(page, &counts);
		list_filter_downloads(page, &filter);
	} else {
		frame_note(buf, WORD_REJECTS_BY_DOMAIN, STR(""));
	}
	frame_end(page);
	return true;
}
