/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/page_act.h"

#include <jansson.h>

#include "control/control_client.h"
#include "release/release.h"
#include "store/acts.h"
#include "web/frame.h"
#include "web/link_verb.h"
#include "web/spam_link.h"

#define ANSWER_MS     30000
#define BUTTONS_VALID 3600 /* seconds: as long as somebody may look at a message */

static const struct button {
	enum link_purpose purpose;
	enum word name;     /* on its button */
	enum word question; /* before it is done */
} buttons[] = {
	{ LINK_DELIVER, WORD_ACT_DELIVER, WORD_ACT_DELIVER_TEXT },
	{ LINK_WELCOME, WORD_ACT_WELCOME, WORD_ACT_WELCOME_TEXT },
	{ LINK_BLOCK, WORD_ACT_BLOCK, WORD_ACT_BLOCK_TEXT },
	{ LINK_RIGHT, WORD_ACT_RIGHT, WORD_ACT_RIGHT_TEXT },
	{ LINK_SPAM, WORD_ACT_SPAM, WORD_ACT_SPAM_TEXT },
	{ LINK_LIST_ADD, WORD_ACT_LIST_ADD, WORD_ACT_LIST_ADD_TEXT },
	{ LINK_LIST_REMOVE, WORD_ACT_LIST_REMOVE, WORD_ACT_LIST_REMOVE_TEXT },
};
#define BUTTON_COUNT (sizeof(buttons) / sizeof(buttons[0]))

/* What a link is for; the state says whether it holds. NULL where it is none of ours. */
static const struct button *read_act(struct page *page, struct str text,
                                     struct signed_link *content_r, enum link_state *state_r)
{
	const struct visitor_rules *rules = &page->web->visitors;
	struct error error;

	for (size_t i = 0; rules->key != NULL && i < BUTTON_COUNT; i++) {
		*state_r = signed_link_read(page->arena, rules->key, buttons[i].purpose, text,
		                            page->now_us / 1000000, content_r);
		if (*state_r == LINK_FORGED)
			continue;
		*state_r = link_epochs_judge(rules->epochs_path, *state_r, content_r, &error);
		return &buttons[i];
	}
	return NULL;
}

static void add_button(struct strbuf *buf, const struct button *act, struct str link,
                       const char *class)
{
	html_raw(
		buf,
		"<form method=\"post\" action=\"act\"><input type=\"hidden\" name=\"link\" value=\"");
	html_text(buf, link);
	strbuf_printf(buf, "\"><button%s>", class);
	html_word(buf, act->name);
	html_raw(buf, "</button></form>\n");
}

static bool is_of_list(enum link_purpose purpose)
{
	return purpose == LINK_LIST_ADD || purpose == LINK_LIST_REMOVE;
}

static bool is_of_sender(enum link_purpose purpose)
{
	return purpose == LINK_WELCOME || purpose == LINK_BLOCK;
}

static void ask(struct page *page, const struct button *act, const struct signed_link *content,
                struct str link)
{
	struct strbuf *buf = &page->response->body;

	frame_begin(page);
	html_raw(buf, "<p class=\"note\">");
	html_word(buf, act->question);
	html_raw(buf, "</p>\n<dl class=\"facts\"><div><dt>");
	html_word(buf, WORD_ACCOUNT);
	html_raw(buf, "</dt><dd>");
	html_text(buf, content->account);
	html_raw(buf, "</dd></div><div><dt>");
	html_word(buf, is_of_list(content->purpose) ? WORD_SENDER : WORD_SCAN_ID);
	html_raw(buf, "</dt><dd>");
	html_text(buf, is_of_list(content->purpose) ? str_from_offset(content->message, 1)
	                                            : spam_link_scan_id(content->message));
	html_raw(buf, "</dd></div></dl>\n");
	add_button(buf, act, link, "");
	frame_end(page);
}

/* "done" and "text", or "error", of the filter's line. */
static bool read_answer(struct page *page, struct str answer, struct str *text_r)
{
	json_t *object = json_loadb(answer.data, answer.len, 0, NULL);
	const char *error = json_string_value(json_object_get(object, "error"));
	const char *text = json_string_value(json_object_get(object, "text"));
	bool done = json_is_true(json_object_get(object, "done"));

	*text_r = arena_str(page->arena, str_from(error != NULL  ? error
	                                          : text != NULL ? text
	                                                         : ""));
	json_decref(object);
	return done;
}

/* To where he came from; who came by a link in a mail may not have been there. */
static void add_way_back(struct page *page, const struct signed_link *content)
{
	bool of_list = is_of_list(content->purpose);
	struct strbuf *buf = &page->response->body;

	if (page->visitor.kind == VISITOR_NOBODY)
		return;
	html_raw(buf, "<p><a href=\"");
	html_raw(buf, of_list ? "lists" : "message?id=");
	if (!of_list)
		html_link_value(buf, spam_link_scan_id(content->message));
	html_raw(buf, "\">");
	html_word(buf, of_list ? WORD_BACK_TO_LISTS : WORD_BACK_TO_MESSAGE);
	html_raw(buf, "</a></p>\n");
}

void page_act_ask_filter(struct page *page, struct str link, const struct signed_link *content,
                         struct str message)
{
	struct control_request request = { .command = CONTROL_ACT, .message = message };
	struct strbuf *buf = &page->response->body;
	struct str answer, text;
	struct error error;
	bool done;

	memcpy(request.link, link.data, link.len);
	if (page->web->control.len == 0 ||
	    control_client_ask(page->arena, page->web->control, &request, deadline_in_ms(ANSWER_MS),
	                       &answer, &error) != CONTROL_ANSWERED) {
		frame_tell(page, 503, WORD_ACT_TITLE, WORD_ACT_AWAY);
		return;
	}
	done = read_answer(page, answer, &text);
	page->response->code = done ? 200 : 409;
	frame_begin(page);
	frame_note(buf, done ? WORD_ACT_DONE : WORD_ACT_NOT_DONE, text);
	add_way_back(page, content);
	frame_end(page);
}

bool page_act(struct page *page, struct error *err_r)
{
	bool post = page->request->method == REQUEST_POST;
	struct str link = form_get(post ? &page->request->body : &page->request->query, "link");
	struct signed_link content;
	enum link_state state = LINK_FORGED;
	const struct button *act = read_act(page, link, &content, &state);

	(void)err_r;
	if (act == NULL || link.len > CONTROL_LINK_MAX)
		frame_tell(page, 403, WORD_ACT_TITLE, WORD_WHO_UNKNOWN);
	else if (state != LINK_VALID)
		frame_tell(page, 403, WORD_ACT_TITLE,
		           state == LINK_EXPIRED ? WORD_WHO_EXPIRED : WORD_WHO_REVOKED);
	else if (post)
		page_act_ask_filter(page, link, &content, STR(""));
	else
		ask(page, act, &content, link);
	return true;
}

void page_act_read(struct page *page, struct str scan_id, struct act_list *acts_r)
{
	const char *uri = arena_cstr(page->arena, page->web->settings->store);
	struct error ignored;
	struct acts_store *store = acts_open_reader(uri, &ignored);

	*acts_r = (struct act_list){ 0 };
	if (store != NULL && !acts_read(store, page->arena, scan_id, acts_r, &ignored))
		*acts_r = (struct act_list){ 0 };
	acts_close(store);
}

static bool is_of_message(const struct store_rows *rows, const struct record *record)
{
	return strcmp(record->scan_id, rows->items[0].record.scan_id) == 0;
}

/* Something of the message was dropped, and isn't on its way already. */
static bool can_be_delivered(const struct page *page, const struct store_rows *rows,
                             const struct act_list *acts)
{
	const struct store_row *row;

	if (page->visitor.kind != VISITOR_STAFF && !page->web->customers_release)
		return false;
	vec_foreach (rows, row)
		if (row->record.kind == RECORD_DISCARDED && is_of_message(rows, &row->record) &&
		    acts_find(acts, STR(RELEASE_VERB), &row->record) == NULL)
			return true;
	return false;
}

/* What the message of a link to report it as spam is; empty where it can't be: only who got it
 * alone can say that he wants no more of it. */
static struct str spam_message(const struct page *page, const struct store_rows *rows)
{
	const struct store_row *row;

	if (page->visitor.kind == VISITOR_STAFF)
		return STR("");
	vec_foreach (rows, row)
		if (is_of_message(rows, &row->record) && row->record.reported_as[0] != '\0')
			return spam_link_message(page->arena, str_from(row->record.scan_id),
			                         str_from(row->record.reported_as));
	return STR("");
}

/* For whom and what a button's link is; empty where the button makes no sense. */
static struct str message_of(const struct page *page, enum link_purpose purpose, struct str account,
                             const struct store_rows *rows, const struct act_list *acts)
{
	struct str scan_id = str_from(rows->items[0].record.scan_id);
	bool staff = page->visitor.kind == VISITOR_STAFF;

	if (is_of_list(purpose) || link_verb_done(acts, purpose, account) ||
	    (is_of_sender(purpose) && !staff && !page->web->customers_lists) ||
	    (purpose == LINK_DELIVER && !can_be_delivered(page, rows, acts)))
		return STR("");
	return purpose == LINK_SPAM ? spam_message(page, rows) : scan_id;
}

bool page_act_link(struct page *page, enum link_purpose purpose, struct str account,
                   struct str message, struct str *link_r)
{
	const struct visitor_rules *rules = &page->web->visitors;
	struct signed_link content = {
		.purpose = purpose,
		.account = account,
		.message = message,
		.expires = page->now_us / 1000000 + BUTTONS_VALID,
	};
	struct error error;

	return rules->key != NULL && page->web->control.len > 0 &&
	       link_epochs_of(rules->epochs_path, account, &content.epoch, &error) &&
	       signed_link_write(page->arena, rules->key, &content, link_r);
}

bool page_act_button(struct page *page, enum link_purpose purpose, struct str account,
                     struct str message, const char *class)
{
	struct str link;

	for (size_t i = 0; i < BUTTON_COUNT; i++) {
		if (buttons[i].purpose != purpose)
			continue;
		if (!page_act_link(page, purpose, account, message, &link))
			return false;
		add_button(&page->response->body, &buttons[i], link, class);
		return true;
	}
	return false;
}

/* They lead to a page that asks, and takes the message. */
static void add_mistake_button(struct page *page, const struct record *record, const char *is,
                               enum word name)
{
	struct strbuf *buf = &page->response->body;

	html_raw(buf, "<form action=\"mistake\"><input type=\"hidden\" name=\"id\" value=\"");
	html_cstr(buf, record->scan_id);
	strbuf_printf(buf,
	              "\"><input type=\"hidden\" name=\"is\" value=\"%s\"><button class=\"quiet\">",
	              is);
	html_word(buf, name);
	html_raw(buf, "</button></form>\n");
}

void page_act_buttons(struct page *page, const struct store_rows *rows, const struct act_list *acts)
{
	const struct record *record = &rows->items[0].record;
	bool staff = page->visitor.kind == VISITOR_STAFF;
	struct str account = staff ? STR(VISITOR_ALL) : page->visitor.account, link, message;
	struct strbuf *buf = &page->response->body;
	bool any = staff;
	size_t before;

	if (!page_act_link(page, LINK_RIGHT, account, str_from(record->scan_id), &link))
		return;
	before = buf->len;
	html_raw(buf, "<h2>");
	html_word(buf, WORD_ACTS);
	html_raw(buf, "</h2>\n<div class=\"acts\">\n");
	for (size_t i = 0; i < BUTTON_COUNT; i++) {
		message = message_of(page, buttons[i].purpose, account, rows, acts);
		any |= message.len > 0 && page_act_button(page, buttons[i].purpose, account,
		                                          message, " class=\"quiet\"");
	}
	if (staff) {
		add_mistake_button(page, record, "ham", WORD_MISTAKE_HAM);
		add_mistake_button(page, record, "spam", WORD_MISTAKE_SPAM);
	}
	html_raw(buf, "</div>\n");
	/* All was done before. */
	if (!any)
		buf->len = before;
}
