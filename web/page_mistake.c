/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/page_mistake.h"

#include "control/control_request.h"
#include "web/frame.h"
#include "web/multipart.h"
#include "web/page_act.h"
#include "web/row.h"

/* Of the form, besides the message. */
#define FORM_REST 16384

static const struct kind {
	const char *is; /* in the address */
	enum link_purpose purpose;
	enum word name, question;
} kinds[] = {
	{ "ham", LINK_MISTAKE_HAM, WORD_MISTAKE_HAM, WORD_MISTAKE_HAM_TEXT },
	{ "spam", LINK_MISTAKE_SPAM, WORD_MISTAKE_SPAM, WORD_MISTAKE_SPAM_TEXT },
};
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

size_t page_mistake_form_max(void)
{
	return CONTROL_MESSAGE_MAX + FORM_REST;
}

/* Asking. */

static void add_fact(struct strbuf *buf, enum word name, const char *text)
{
	html_raw(buf, "<div><dt>");
	html_word(buf, name);
	html_raw(buf, "</dt><dd>");
	html_cstr(buf, text);
	html_raw(buf, "</dd></div>\n");
}

static void add_facts(struct strbuf *buf, const struct record *record)
{
	html_raw(buf, "<dl class=\"facts\">\n<div><dt>");
	html_word(buf, WORD_TIME);
	html_raw(buf, "</dt><dd>");
	html_time(buf, record->time_us);
	html_raw(buf, "</dd></div>\n<div><dt>");
	html_word(buf, WORD_SENDER);
	html_raw(buf, "</dt><dd>");
	row_sender(buf, record->sender);
	html_raw(buf, "</dd></div>\n");
	add_fact(buf, WORD_RECIPIENT, record->recipient);
	add_fact(buf, WORD_SCAN_ID, record->scan_id);
	html_raw(buf, "</dl>\n");
}

/* Copies are kept of what was dropped, for whichever recipient. */
static bool may_have_copy(const struct page *page, const struct store_rows *rows)
{
	const struct store_row *row;

	vec_foreach (rows, row)
		if (row->record.kind == RECORD_DISCARDED &&
		    strcmp(row->record.scan_id, rows->items[0].record.scan_id) == 0)
			return page->web->settings->discarded_copies.age_ms > 0;
	return false;
}

static void add_form(struct page *page, const struct kind *kind, struct str link, bool has_copy)
{
	struct strbuf *buf = &page->response->body;

	html_raw(buf,
	         "<form class=\"filter\" method=\"post\" action=\"mistake\" "
	         "enctype=\"multipart/form-data\"><input type=\"hidden\" name=\"link\" value=\"");
	html_text(buf, link);
	html_raw(buf, "\">\n<p class=\"hint\">");
	html_word(buf, has_copy ? WORD_MISTAKE_COPY : WORD_MISTAKE_NO_COPY);
	html_raw(buf, "</p>\n<p class=\"wide\"><label for=\"f-file\">");
	html_word(buf, WORD_MISTAKE_FILE);
	html_raw(buf, "</label><input type=\"file\" id=\"f-file\" name=\"" MULTIPART_FILE
	              "\" accept=\".eml,.txt,message/rfc822\"></p>\n"
	              "<p class=\"whole\"><label for=\"f-source\">");
	html_word(buf, WORD_MISTAKE_PASTE);
	html_raw(buf, "</label><textarea id=\"f-source\" name=\"" MULTIPART_PASTED
	              "\" rows=\"6\" spellcheck=\"false\"></textarea></p>\n<p><button>");
	html_word(buf, kind->name);
	html_raw(buf, "</button></p></form>\n");
}

static void ask(struct page *page, const struct kind *kind, const struct store_rows *rows)
{
	const struct record *record = &rows->items[0].record;
	struct strbuf *buf = &page->response->body;
	struct str link;

	if (!page_act_link(page, kind->purpose, STR(VISITOR_ALL), str_from(record->scan_id),
	                   &link)) {
		frame_tell(page, 503, WORD_MISTAKE, WORD_MISTAKE_NO_KEY);
		return;
	}
	frame_begin_of(page, str_from(record->subject));
	html_raw(buf, "<p class=\"note\">");
	html_word(buf, kind->question);
	html_raw(buf, "</p>\n");
	add_facts(buf, record);
	add_form(page, kind, link, may_have_copy(page, rows));
	frame_end(page);
}

static bool find_and_ask(struct page *page, struct error *err_r)
{
	const struct form *query = &page->request->query;
	struct str id = form_get(query, "id"), is = form_get(query, "is");
	struct store_rows rows = { 0 };
	const struct kind *kind = NULL;

	for (size_t i = 0; i < KIND_COUNT; i++)
		if (str_eq(is, str_from(kinds[i].is)))
			kind = &kinds[i];
	if (kind != NULL && id.len > 0 &&
	    !store_view_message(page->view, page->arena, id, &rows, err_r))
		return false;
	if (rows.len == 0)
		frame_tell(page, 404, WORD_NO_SUCH_MESSAGE, WORD_NO_SUCH_MESSAGE_TEXT);
	else
		ask(page, kind, &rows);
	return true;
}

/* Doing it. */

/* A link for this, for staff, that holds: who sent the form was shown one of ours. */
static bool is_ours(struct page *page, struct str link, struct signed_link *content_r)
{
	const struct visitor_rules *rules = &page->web->visitors;

	for (size_t i = 0; rules->key != NULL && i < KIND_COUNT; i++) {
		struct error error;
		enum link_state state = signed_link_read(page->arena, rules->key, kinds[i].purpose,
		                                         link, page->now_us / 1000000, content_r);

		if (state == LINK_VALID)
			return link_epochs_judge(rules->epochs_path, state, content_r, &error) ==
			       LINK_VALID;
	}
	return false;
}

bool page_mistake(struct page *page, struct error *err_r)
{
	struct str link = form_get(&page->request->body, "link");
	struct signed_link content;

	if (page->request->method == REQUEST_GET)
		return find_and_ask(page, err_r);
	if (page->request->parts->too_large || page->request->file.len > CONTROL_MESSAGE_MAX)
		frame_tell(page, 413, WORD_MISTAKE, WORD_MISTAKE_LARGE);
	else if (!page->request->same_site || !is_ours(page, link, &content))
		frame_tell(page, 403, WORD_MISTAKE, WORD_NOT_FROM_HERE);
	else
		page_act_ask_filter(page, link, &content, page->request->file);
	return true;
}
