/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/page_search.h"

#include "web/export.h"
#include "web/frame.h"
#include "web/list.h"
#include "web/pasted.h"

static void add_form(struct page *page, struct str wanted, struct str span)
{
	static const struct {
		const char *name;
		enum word word;
	} spans[] = { { "24h", WORD_SPAN_DAY },
		      { "7d", WORD_SPAN_WEEK },
		      { "30d", WORD_SPAN_MONTH },
		      { "all", WORD_SPAN_ALL } };
	struct strbuf *buf = &page->response->body;

	html_raw(buf,
	         "<form class=\"filter search\" method=\"get\" action=\"search\" role=\"search\">\n"
	         "<p class=\"wide\"><label for=\"f-q\">");
	html_word(buf, WORD_SEARCH_FOR);
	html_raw(buf, "</label><input type=\"search\" id=\"f-q\" name=\"q\" maxlength=\"400\" "
	              "autocapitalize=\"none\" autocomplete=\"off\" spellcheck=\"false\" "
	              "aria-describedby=\"f-q-hint\" value=\"");
	html_text(buf, wanted);
	html_raw(buf, "\"></p>\n<p><label for=\"f-since\">");
	html_word(buf, WORD_SINCE);
	html_raw(buf, "</label><select id=\"f-since\" name=\"since\">");
	for (size_t i = 0; i < sizeof(spans) / sizeof(*spans); i++) {
		strbuf_printf(buf, "<option value=\"%s\"%s>", spans[i].name,
		              str_eq(span, str_from(spans[i].name)) ? " selected" : "");
		html_word(buf, spans[i].word);
		html_raw(buf, "</option>");
	}
	html_raw(buf, "</select></p>\n<p><button>");
	html_word(buf, WORD_SEARCH);
	html_raw(buf, "</button></p>\n<p class=\"hint\" id=\"f-q-hint\">");
	html_word(buf, WORD_SEARCH_HINT);
	html_raw(buf, "</p></form>\n");
}

/* What was pasted from a header or a log means what is in it. */
static struct str wanted_text(const struct page *page)
{
	struct str text = form_get(&page->request->query, "q");
	struct str id = pasted_message(page->arena, text);

	return str_find_char(text, '<') >= 0 && id.len > 0 ? id : text;
}

static void add_result(struct page *page, const struct list_filter *filter,
                       const struct store_rows *rows)
{
	struct strbuf *buf = &page->response->body;

	html_raw(buf, "<h2>");
	html_count(buf, (int64_t)rows->len, WORD_FOUND_ONE, WORD_FOUND_MANY);
	html_raw(buf, "</h2>\n");
	list_table(page, filter, rows, "search", false);
	list_filter_downloads(page, filter);
}

bool page_search(struct page *page, struct error *err_r)
{
	struct list_filter filter = list_filter_read(page, "7d", list_limit(page));
	struct store_rows rows = { 0 };

	filter.mail.text = wanted_text(page);
	if (filter.mail.text.len > 0 && !list_read(page, &filter, &rows, err_r))
		return false;
	if (page->format != PAGE_HTML) {
		export_rows(page, &rows);
		return true;
	}
	frame_begin(page);
	add_form(page, form_get(&page->request->query, "q"), filter.span);
	if (filter.mail.text.len > 0)
		add_result(page, &filter, &rows);
	frame_end(page);
	return true;
}
