/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/list_filter.h"

#include "web/html.h"
#include "web/pasted.h"

#define HOUR_US (INT64_C(3600) * 1000000)

static const struct span {
	const char *name;
	int64_t us; /* 0: all */
	enum word word;
} spans[] = {
	{ "1h", HOUR_US, WORD_SPAN_HOUR },
	{ "24h", 24 * HOUR_US, WORD_SPAN_DAY },
	{ "7d", 168 * HOUR_US, WORD_SPAN_WEEK },
	{ "30d", 720 * HOUR_US, WORD_SPAN_MONTH },
	{ "all", 0, WORD_SPAN_ALL },
};
#define SPAN_COUNT (sizeof(spans) / sizeof(spans[0]))

static const struct span *find_span(struct str name)
{
	for (size_t i = 0; i < SPAN_COUNT; i++)
		if (str_eq(str_from(spans[i].name), name))
			return &spans[i];
	return NULL;
}

struct list_filter list_filter_read(const struct page *page, const char *otherwise, size_t limit)
{
	const struct form *query = &page->request->query;
	const struct span *span = find_span(form_get(query, "since"));
	struct list_filter filter = { 0 };

	if (span == NULL)
		span = find_span(str_from(otherwise));
	filter.span = str_from(span->name);
	filter.mail = (struct store_filter){
		.kinds = page->type->kinds,
		.account = pasted_account(page->arena, form_get(query, "account")),
		.destination = pasted_account(page->arena, form_get(query, "to")),
		.text = form_get(query, "q"),
		.since_us = span->us == 0 ? 0 : page->now_us - span->us,
		.before_id = form_number(query, "before", INT64_MAX / 2, 0),
		.before_us = form_number(query, "at", INT64_MAX / 2, 0),
		.limit = limit,
	};
	return filter;
}

static void add_field(struct strbuf *buf, const char *name, enum word label, enum word hint,
                      struct str value)
{
	strbuf_printf(buf, "<p><label for=\"f-%s\">", name);
	html_word(buf, label);
	strbuf_printf(
		buf,
		"</label><input type=\"text\" id=\"f-%s\" name=\"%s\" maxlength=\"320\" "
		"autocapitalize=\"none\" autocomplete=\"off\" spellcheck=\"false\" placeholder=\"",
		name, name);
	html_word(buf, hint);
	html_raw(buf, "\" value=\"");
	html_text(buf, value);
	html_raw(buf, "\"></p>\n");
}

static void add_spans(struct strbuf *buf, struct str chosen)
{
	html_raw(buf, "<p><label for=\"f-since\">");
	html_word(buf, WORD_SINCE);
	html_raw(buf, "</label><select id=\"f-since\" name=\"since\">");
	for (size_t i = 0; i < SPAN_COUNT; i++) {
		strbuf_printf(buf, "<option value=\"%s\"%s>", spans[i].name,
		              str_eq(chosen, str_from(spans[i].name)) ? " selected" : "");
		html_word(buf, spans[i].word);
		html_raw(buf, "</option>");
	}
	html_raw(buf, "</select></p>\n");
}

/* A customer with one address has nothing to choose from. */
static bool may_choose(const struct page *page)
{
	return page->visitor.kind == VISITOR_STAFF || str_find_char(page->visitor.account, '@') < 0;
}

void list_filter_fields(struct page *page, const struct list_filter *filter)
{
	struct strbuf *buf = &page->response->body;

	add_spans(buf, filter->span);
	if (may_choose(page))
		add_field(buf, "account", WORD_RECIPIENT, WORD_HINT_ACCOUNT, filter->mail.account);
	add_field(buf, "to", WORD_DESTINATION, WORD_HINT_DESTINATION, filter->mail.destination);
}

void list_filter_form(struct page *page, const struct list_filter *filter)
{
	struct strbuf *buf = &page->response->body;

	strbuf_printf(buf, "<form class=\"filter\" method=\"get\" action=\"%s\" role=\"search\">\n",
	              page->type->name);
	list_filter_fields(page, filter);
	html_raw(buf, "<p><button>");
	html_word(buf, WORD_SHOW);
	html_raw(buf, "</button></p></form>\n");
}

static void add_parameter(struct strbuf *buf, const char *name, struct str value)
{
	if (value.len == 0)
		return;
	strbuf_printf(buf, "&amp;%s=", name);
	html_link_value(buf, value);
}

void list_filter_link(struct page *page, const struct list_filter *filter, const char *name,
                      const char *more)
{
	struct strbuf *buf = &page->response->body;

	strbuf_printf(buf, "%s?since=", name);
	html_link_value(buf, filter->span);
	add_parameter(buf, "account", filter->mail.account);
	add_parameter(buf, "to", filter->mail.destination);
	add_parameter(buf, "q", filter->mail.text);
	html_raw(buf, more);
}

static void add_download(struct page *page, const struct list_filter *filter, const char *suffix,
                         const char *shown)
{
	struct strbuf *buf = &page->response->body;

	html_raw(buf, " <a href=\"");
	list_filter_link(page, filter,
	                 arena_printf(page->arena, "%s.%s", page->type->name, suffix).data, "");
	strbuf_printf(buf, "\" download>%s</a>", shown);
}

void list_filter_downloads(struct page *page, const struct list_filter *filter)
{
	html_raw(&page->response->body, "<p class=\"downloads\">");
	html_word(&page->response->body, WORD_DOWNLOAD);
	add_download(page, filter, "csv", "CSV");
	add_download(page, filter, "json", "JSON");
	html_raw(&page->response->body, "</p>\n");
}
