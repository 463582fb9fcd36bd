/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/page_open.h"

#include "web/frame.h"

static struct str cookie(const struct page *page, struct str value, int64_t seconds)
{
	return arena_printf(
		page->arena, REQUEST_COOKIE "=%.*s; Max-Age=%lld; HttpOnly; SameSite=Strict%s",
		STR_FMT(value), (long long)seconds, page->request->secure ? "; Secure" : "");
}

/*
 * Not a redirect: a browser that comes from another site, as a reader of web mail does, would not
 * send a SameSite cookie along with that; this is a page of ours, from which it goes on.
 */
bool page_open(struct page *page, struct error *err_r)
{
	struct strbuf *buf = &page->response->body;
	struct str value;
	int64_t seconds;
	enum word why;

	(void)err_r;
	if (!visitor_open(page->arena, &page->web->visitors,
	                  form_get(&page->request->query, "link"), page->now_us / 1000000, &value,
	                  &seconds, &why)) {
		frame_tell(page, 403, WORD_WHO_TITLE, why);
		return true;
	}
	page->response->type = RESPONSE_HTML;
	page->response->cookie = cookie(page, value, seconds);
	html_raw(buf, "<!DOCTYPE html>\n<html lang=\"");
	html_word(buf, WORD_LANGUAGE);
	html_raw(buf, "\"><head><meta charset=\"utf-8\"><title>");
	html_text(buf, page->web->service);
	html_raw(buf, "</title><meta http-equiv=\"refresh\" content=\"0; url=./\">"
	              "<link rel=\"icon\" href=\"icon.svg\" type=\"image/svg+xml\">"
	              "<link rel=\"stylesheet\" href=\"style.css\"></head><body><main><h1>");
	html_text(buf, page->web->service);
	html_raw(buf, "</h1><p><a class=\"button\" href=\"./\">");
	html_word(buf, WORD_GO_ON);
	html_raw(buf, "</a></p></main></body></html>\n");
	return true;
}

bool page_leave(struct page *page, struct error *err_r)
{
	(void)err_r;
	if (page->request->method != REQUEST_POST || !page->request->same_site) {
		frame_tell(page, 403, WORD_WHO_TITLE, WORD_NOT_FROM_HERE);
		return true;
	}
	page->visitor = (struct visitor){ 0 };
	page->response->cookie = cookie(page, STR("-"), 0);
	frame_tell(page, 200, WORD_LEFT_TITLE, WORD_LEFT);
	return true;
}
