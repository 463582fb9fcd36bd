/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/frame.h"

static void add_navigation_item(struct page *page, const struct page_type *type)
{
	struct strbuf *buf = &page->response->body;

	strbuf_printf(buf, "<li><a href=\"%s\"%s>", type->name,
	              type == page->type ? " aria-current=\"page\"" : "");
	html_word(buf, type->title);
	html_raw(buf, "</a></li>");
}

static void add_navigation(struct page *page)
{
	struct strbuf *buf = &page->response->body;

	if (page->visitor.kind == VISITOR_NOBODY)
		return;
	html_raw(buf, "<nav aria-label=\"");
	html_word(buf, WORD_NAVIGATION);
	html_raw(buf, "\"><ul>");
	for (const struct page_type *type = page->types; type->name != NULL; type++)
		if (type->listed && (!type->staff || page->visitor.kind == VISITOR_STAFF))
			add_navigation_item(page, type);
	html_raw(buf, "</ul></nav>\n");
}

static void add_visitor(struct page *page)
{
	struct strbuf *buf = &page->response->body;

	if (page->visitor.kind == VISITOR_NOBODY)
		return;
	html_raw(buf, "<div class=\"who\"><span>");
	html_word(buf, page->visitor.kind == VISITOR_STAFF ? WORD_WHO_STAFF : WORD_WHO_CUSTOMER);
	html_raw(buf, "</span> <strong>");
	html_text(buf, page->visitor.name);
	html_raw(buf, "</strong>");
	if (page->visitor.by_link) {
		html_raw(buf, " <form method=\"post\" action=\"leave\"><button class=\"quiet\">");
		html_word(buf, WORD_LEAVE);
		html_raw(buf, "</button></form>");
	}
	html_raw(buf, "</div>");
}

static void add_head(struct page *page, enum word title, struct str of)
{
	struct strbuf *buf = &page->response->body;

	html_raw(buf, "<!DOCTYPE html>\n<html lang=\"");
	html_word(buf, WORD_LANGUAGE);
	html_raw(buf, "\">\n<head>\n<meta charset=\"utf-8\">\n<title>");
	html_word(buf, title);
	if (of.len > 0) {
		html_raw(buf, ": ");
		html_text(buf, of);
	}
	html_raw(buf, " – ");
	html_text(buf, page->web->service);
	html_raw(
		buf,
		"</title>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		"<meta name=\"robots\" content=\"noindex\">\n"
		"<link rel=\"icon\" href=\"icon.svg\" type=\"image/svg+xml\">\n"
		"<link rel=\"stylesheet\" href=\"style.css\">\n"
		"<script src=\"live.js\" defer></script>\n</head>\n<body>\n");
}

static void begin(struct page *page, enum word title, struct str of)
{
	struct strbuf *buf = &page->response->body;

	page->response->type = RESPONSE_HTML;
	add_head(page, title, of);
	html_raw(buf, "<a class=\"skip\" href=\"#content\">");
	html_word(buf, WORD_SKIP);
	html_raw(buf, "</a>\n<header><p class=\"service\">");
	html_text(buf, page->web->service);
	html_raw(buf, "</p>");
	add_visitor(page);
	html_raw(buf, "</header>\n");
	add_navigation(page);
	html_raw(buf, "<main id=\"content\">\n<h1>");
	html_word(buf, title);
	if (of.len > 0) {
		html_raw(buf, " <span class=\"of\">");
		html_text(buf, of);
		html_raw(buf, "</span>");
	}
	html_raw(buf, "</h1>\n");
}

void frame_begin(struct page *page)
{
	begin(page, page->type->title, STR(""));
}

void frame_begin_of(struct page *page, struct str of)
{
	begin(page, page->type->title, of);
}

void frame_end(struct page *page)
{
	struct strbuf *buf = &page->response->body;

	html_raw(buf, "</main>\n<footer><p>");
	html_word(buf, WORD_FOOT);
	html_raw(buf, " <span class=\"zone\" data-zone=\"");
	html_word(buf, WORD_ZONE);
	html_raw(buf, "\">");
	html_word(buf, WORD_ZONE_UTC);
	html_raw(buf, "</span></p></footer>\n</body>\n</html>\n");
}

void frame_note(struct strbuf *buf, enum word text, struct str detail)
{
	html_raw(buf, "<p class=\"note\">");
	html_word(buf, text);
	if (detail.len > 0) {
		strbuf_add_char(buf, ' ');
		html_text(buf, detail);
	}
	html_raw(buf, "</p>\n");
}

void frame_tell(struct page *page, unsigned code, enum word title, enum word text)
{
	page->response->code = code;
	page->response->body.len = 0;
	begin(page, title, STR(""));
	frame_note(&page->response->body, text, STR(""));
	frame_end(page);
}
