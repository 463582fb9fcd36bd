/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/page_message.h"

#include <stdlib.h>

#include "release/release.h"
#include "store/acts.h"
#include "store/record_rules.h"
#include "web/export.h"
#include "web/frame.h"
#include "web/page_act.h"
#include "web/pasted.h"
#include "web/row.h"

/* A rule with fewer points is folded away. */
#define SMALL_POINTS 200

static void add_fact(struct strbuf *buf, enum word name, struct str text)
{
	if (text.len == 0)
		return;
	html_raw(buf, "<div><dt>");
	html_word(buf, name);
	html_raw(buf, "</dt><dd>");
	html_text(buf, text);
	html_raw(buf, "</dd></div>\n");
}

/* What it scored, and how far that is from the threshold. */
static void add_verdict(struct page *page, const struct record *record)
{
	struct strbuf *buf = &page->response->body;
	bool infected = record->kind == RECORD_DISCARDED_INFECTED;
	bool over = infected || row_is_over(record);

	strbuf_printf(buf, "<div class=\"verdict %s\"><p class=\"score\"><span class=\"unseen\">",
	              over ? "over" : "under");
	html_word(buf, WORD_SCORE);
	html_raw(buf, "</span> ");
	html_decimal(buf, record->score);
	html_raw(buf, "</p><p>");
	row_badge(buf, record);
	html_raw(buf, "</p><p>");
	if (infected) {
		html_word(buf, WORD_IS_INFECTED);
		html_raw(buf, "</p></div>\n");
		return;
	}
	html_word(buf, over && record->score == record->threshold ? WORD_IS_AT
	               : over                                     ? WORD_IS_OVER
	                                                          : WORD_IS_UNDER);
	strbuf_add_char(buf, ' ');
	html_decimal(buf, record->threshold);
	if (record->threshold_origin[0] != '\0' && page->visitor.kind == VISITOR_STAFF) {
		html_raw(buf, " <span class=\"hint\">");
		html_word(buf, WORD_SET_BY);
		html_raw(buf, " <code>");
		html_cstr(buf, record->threshold_origin);
		html_raw(buf, "</code></span>");
	}
	html_raw(buf, "</p>");
	if (record->kept[0] != '\0') {
		html_raw(buf, "<p>");
		html_word(buf, WORD_NOT_DROPPED);
		strbuf_add_char(buf, ' ');
		html_cstr(buf, record->kept);
		html_raw(buf, "</p>");
	}
	html_raw(buf, "</div>\n");
}

static struct str client_text(struct arena *arena, const struct record *record)
{
	if (record->client_name[0] == '\0')
		return str_from(record->client_ip);
	return arena_printf(arena, "%s [%s]", record->client_name, record->client_ip);
}

static void add_facts(struct page *page, const struct record *record)
{
	struct strbuf *buf = &page->response->body;

	html_raw(buf, "<dl class=\"facts\">\n");
	add_fact(buf, WORD_SUBJECT, str_from(record->subject));
	html_raw(buf, "<div><dt>");
	html_word(buf, WORD_TIME);
	html_raw(buf, "</dt><dd>");
	html_time(buf, record->time_us);
	html_raw(buf, "</dd></div>\n<div><dt>");
	html_word(buf, WORD_SENDER);
	html_raw(buf, "</dt><dd>");
	row_sender(buf, record->sender);
	html_raw(buf, "</dd></div>\n");
	add_fact(buf, WORD_CLIENT, client_text(page->arena, record));
	add_fact(buf, WORD_AUTHENTICATION, str_from(record->authentication));
	add_fact(buf, WORD_MALWARE, str_from(record->signature));
	add_fact(buf, WORD_MESSAGE_ID, str_from(record->message_id));
	add_fact(buf, WORD_QUEUE_ID, str_from(record->queue_id));
	add_fact(buf, WORD_SCAN_ID, str_from(record->scan_id));
	html_raw(buf, "<div><dt>");
	html_word(buf, WORD_SIZE);
	html_raw(buf, "</dt><dd>");
	html_number(buf, record->size);
	strbuf_add_char(buf, ' ');
	html_word(buf, WORD_BYTES);
	html_raw(buf, "</dd></div>\n</dl>\n");
}

static bool is_same_scan(const struct record *a, const struct record *b)
{
	return strcmp(a->scan_id, b->scan_id) == 0;
}

/* Who released it is for staff to know. */
static void add_release(struct page *page, const struct act_list *acts, const struct record *record)
{
	struct strbuf *buf = &page->response->body;
	const struct act *act = acts_find(acts, STR(RELEASE_VERB), record);

	if (act == NULL || record->kind != RECORD_DISCARDED)
		return;
	html_raw(buf, "<br>");
	html_word(buf, act->done_us > 0 ? WORD_RELEASED : WORD_RELEASE_BEGUN);
	strbuf_add_char(buf, ' ');
	html_time(buf, act->done_us > 0 ? act->done_us : act->begun_us);
	if (page->visitor.kind == VISITOR_STAFF) {
		html_raw(buf, " <span class=\"hint\">");
		html_text(buf, act->by);
		html_raw(buf, "</span>");
	}
}

static void add_recipients(struct page *page, const struct store_rows *rows,
                           const struct act_list *acts)
{
	struct strbuf *buf = &page->response->body;
	const struct store_row *row;

	html_raw(buf, "<h2>");
	html_word(buf, WORD_WHAT_HAPPENED);
	html_raw(buf, "</h2>\n<table class=\"rows\"><thead><tr><th scope=\"col\">");
	html_word(buf, WORD_RECIPIENT);
	html_raw(buf, "</th><th scope=\"col\">");
	html_word(buf, WORD_DESTINATION);
	html_raw(buf, "</th><th scope=\"col\">");
	html_word(buf, WORD_ACTION);
	html_raw(buf, "</th><th scope=\"col\" class=\"number\">");
	html_word(buf, WORD_SCORE);
	html_raw(buf, "</th></tr></thead><tbody>\n");
	vec_foreach (rows, row) {
		const struct record *record = &row->record;

		if (!is_same_scan(record, &rows->items[0].record))
			continue;
		html_raw(buf, "<tr><td class=\"address\" data-label=\"");
		html_word(buf, WORD_RECIPIENT);
		html_raw(buf, "\">");
		html_cstr(buf, record->recipient);
		html_raw(buf, "</td><td class=\"address\" data-label=\"");
		html_word(buf, WORD_DESTINATION);
		html_raw(buf, "\">");
		if (record->destination[0] != '\0')
			html_cstr(buf, record->destination);
		else
			html_word(buf, WORD_MAILBOX);
		html_raw(buf, "</td><td data-label=\"");
		html_word(buf, WORD_ACTION);
		html_raw(buf, "\">");
		row_badge(buf, record);
		add_release(page, acts, record);
		html_raw(buf, "</td><td class=\"number\" data-label=\"");
		html_word(buf, WORD_SCORE);
		html_raw(buf, "\">");
		html_decimal(buf, record->score);
		html_raw(buf, "</td></tr>\n");
	}
	html_raw(buf, "</tbody></table>\n");
}

/* Rules. */

static int32_t weight(const struct record_rule *rule)
{
	return rule->points < 0 ? -rule->points : rule->points;
}

static int compare_rules(const void *a, const void *b)
{
	const struct record_rule *x = a, *y = b;
	int order = (weight(x) < weight(y)) - (weight(x) > weight(y));

	return order != 0 ? order : str_cmp(x->name, y->name);
}

/* What is a quotation is in `q`; causes have quotations among them. */
static void add_reason(struct strbuf *buf, enum word name, struct str text, const char *element)
{
	if (text.len == 0)
		return;
	html_raw(buf, "<span class=\"reason\">");
	html_word(buf, name);
	strbuf_printf(buf, " <%s>", element);
	html_text(buf, text);
	strbuf_printf(buf, "</%s></span>", element);
}

static void add_rule(struct strbuf *buf, const struct record_rule *rule)
{
	strbuf_printf(buf, "<tr><td class=\"number %s\">",
	              rule->points < 0   ? "good"
	              : rule->points > 0 ? "bad"
	                                 : "");
	html_raw(buf, rule->points > 0 ? "+" : "");
	html_decimal(buf, rule->points);
	html_raw(buf, "</td><td class=\"means\">");
	if (rule->description.len > 0)
		html_text(buf, rule->description);
	html_raw(buf, " <code>");
	html_text(buf, rule->name);
	html_raw(buf, "</code>");
	add_reason(buf, WORD_MATCHED, rule->matched, "q");
	add_reason(buf, WORD_BECAUSE, rule->because, "span");
	html_raw(buf, "</td></tr>\n");
}

static void add_rule_table(struct strbuf *buf, const struct record_rule *rules, size_t count)
{
	html_raw(buf, "<table class=\"rules\"><thead><tr><th scope=\"col\" class=\"number\">");
	html_word(buf, WORD_POINTS);
	html_raw(buf, "</th><th scope=\"col\">");
	html_word(buf, WORD_RULE_MEANS);
	html_raw(buf, "</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < count; i++)
		add_rule(buf, &rules[i]);
	html_raw(buf, "</tbody></table>\n");
}

static void add_rules(struct page *page, const struct record *record)
{
	struct strbuf *buf = &page->response->body;
	struct record_rule_list rules =
		record_rules(page->arena, record, rule_texts_borrow(page->web->rules));
	size_t large = 0;

	rule_texts_give_back(page->web->rules);
	html_raw(buf, "<h2>");
	html_word(buf, WORD_HOW_SCORED);
	html_raw(buf, "</h2>\n");
	if (rules.len == 0) {
		frame_note(buf, WORD_NO_RULES, STR(""));
		return;
	}
	qsort(rules.items, rules.len, sizeof(*rules.items), compare_rules);
	while (large < rules.len && weight(&rules.items[large]) >= SMALL_POINTS)
		large++;
	if (large > 0)
		add_rule_table(buf, rules.items, large);
	if (large == rules.len)
		return;
	html_raw(buf, "<details><summary>");
	html_count(buf, (int64_t)(rules.len - large), WORD_SMALL_RULE_ONE, WORD_SMALL_RULE_MANY);
	html_raw(buf, "</summary>\n");
	add_rule_table(buf, rules.items + large, rules.len - large);
	html_raw(buf, "</details>\n");
}

/* A queue id is used again, a copy that is forwarded is scanned twice, and a Message-ID may be
 * anybody's. */
static void add_others(struct page *page, const struct store_rows *rows)
{
	struct strbuf *buf = &page->response->body;
	const struct store_row *row;
	bool any = false;

	vec_foreach (rows, row) {
		if (is_same_scan(&row->record, &rows->items[0].record))
			continue;
		if (!any) {
			html_raw(buf, "<h2>");
			html_word(buf, WORD_OTHER_SCANS);
			html_raw(buf, "</h2>\n<table class=\"rows\">");
			row_head(buf);
			html_raw(buf, "<tbody>\n");
		}
		any = true;
		row_add(buf, row);
	}
	if (any)
		html_raw(buf, "</tbody></table>\n");
}

static void add_support(struct page *page, const struct record *record)
{
	struct strbuf *buf = &page->response->body;
	struct str url = page->web->support_url;
	ptrdiff_t mark = str_find(url, STR("%i"));

	if (url.len == 0 || page->visitor.kind == VISITOR_STAFF)
		return;
	html_raw(buf, "<p>");
	html_word(buf, WORD_COMPLAIN);
	html_raw(buf, " <a rel=\"noreferrer\" href=\"");
	if (mark >= 0) {
		html_text(buf, str_prefix(url, (size_t)mark));
		html_link_value(buf, str_from(record->scan_id));
		html_text(buf, str_from_offset(url, (size_t)mark + 2));
	} else {
		html_text(buf, url);
	}
	html_raw(buf, "\">");
	html_word(buf, WORD_SUPPORT);
	html_raw(buf, "</a></p>\n");
}

static void show(struct page *page, const struct store_rows *rows)
{
	const struct record *record = &rows->items[0].record;
	struct act_list acts;

	page_act_read(page, str_from(record->scan_id), &acts);
	frame_begin_of(page, str_from(record->subject));
	add_verdict(page, record);
	add_facts(page, record);
	add_recipients(page, rows, &acts);
	page_act_buttons(page, rows, &acts);
	add_rules(page, record);
	add_others(page, rows);
	add_support(page, record);
	frame_end(page);
}

bool page_message(struct page *page, struct error *err_r)
{
	struct str id = pasted_message(page->arena, form_get(&page->request->query, "id"));
	struct store_rows rows = { 0 };

	if (id.len > 0 && !store_view_message(page->view, page->arena, id, &rows, err_r))
		return false;
	if (rows.len == 0)
		frame_tell(page, 404, WORD_NO_SUCH_MESSAGE, WORD_NO_SUCH_MESSAGE_TEXT);
	else if (page->format != PAGE_HTML)
		export_rows(page, &rows);
	else
		show(page, &rows);
	return true;
}
