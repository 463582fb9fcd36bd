/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/page_lists.h"

#include "store/people_view.h"
#include "web/export.h"
#include "web/frame.h"
#include "web/list_link.h"
#include "web/page_act.h"
#include "web/pasted.h"

#define ENTRIES_SHOWN 1000
/* Of the addresses that stand for mail that was reported. */
#define REPORTED "@reported.invalid"

static bool is_staff(const struct page *page)
{
	return page->visitor.kind == VISITOR_STAFF;
}

static bool may_change(const struct page *page)
{
	return (is_staff(page) || page->web->customers_lists) && page->web->visitors.key != NULL &&
	       page->web->control.len > 0;
}

/* Whose lists are meant: of staff empty for all; of customers never more than their own. */
static struct str whose(const struct page *page)
{
	struct str typed = pasted_account(page->arena, form_get(&page->request->query, "account"));

	if (is_staff(page) || people_view_has(page->visitor.account, typed))
		return typed;
	return page->visitor.account;
}

/* The entries. */

static bool is_reported(struct str pattern)
{
	return str_ends_ci(pattern, STR(REPORTED));
}

static void add_entry(struct page *page, const struct people_entry *entry)
{
	bool blocked = entry->list == PEOPLE_BLOCKED;
	struct strbuf *buf = &page->response->body;
	struct str account = entry->scope.len > 0 ? entry->scope : STR(VISITOR_ALL);

	html_raw(buf, "<tr><td class=\"address\" data-label=\"");
	html_word(buf, WORD_SENDER);
	html_raw(buf, "\"><span>");
	if (is_reported(entry->pattern))
		html_word(buf, WORD_LISTS_REPORTED);
	else
		html_text(buf, entry->pattern);
	html_raw(buf, "</span></td><td data-label=\"");
	html_word(buf, WORD_LISTS_LIST);
	strbuf_printf(buf, "\"><span class=\"badge %s\">", blocked ? "dropped" : "delivered");
	html_word(buf, blocked ? WORD_LISTS_BLOCKED : WORD_LISTS_WELCOMED);
	html_raw(buf, "</span>");
	if (entry->unauthenticated) {
		html_raw(buf, " <span class=\"hint\">");
		html_word(buf, WORD_LISTS_UNSHOWN);
		html_raw(buf, "</span>");
	}
	html_raw(buf, "</td><td class=\"address\" data-label=\"");
	html_word(buf, WORD_LISTS_WHOSE);
	html_raw(buf, "\"><span>");
	if (entry->scope.len > 0)
		html_text(buf, entry->scope);
	else
		html_word(buf, WORD_LISTS_SITE);
	html_raw(buf, "</span></td>");
	if (may_change(page)) {
		html_raw(buf, "<td class=\"change\">");
		page_act_button(page, LINK_LIST_REMOVE, account, list_link_text(page->arena, entry),
		                " class=\"quiet\"");
		html_raw(buf, "</td>");
	}
	html_raw(buf, "</tr>\n");
}

static void add_table(struct page *page, const struct people_entry_list *entries)
{
	struct strbuf *buf = &page->response->body;

	if (entries->len == 0) {
		frame_note(buf, WORD_LISTS_EMPTY, STR(""));
		return;
	}
	html_raw(buf, "<table class=\"rows\"><thead><tr><th scope=\"col\">");
	html_word(buf, WORD_SENDER);
	html_raw(buf, "</th><th scope=\"col\">");
	html_word(buf, WORD_LISTS_LIST);
	html_raw(buf, "</th><th scope=\"col\">");
	html_word(buf, WORD_LISTS_WHOSE);
	html_raw(buf, "</th>");
	if (may_change(page)) {
		html_raw(buf, "<th scope=\"col\"><span class=\"unseen\">");
		html_word(buf, WORD_LISTS_CHANGE);
		html_raw(buf, "</span></th>");
	}
	html_raw(buf, "</tr></thead><tbody>\n");
	for (size_t i = 0; i < entries->len && i < ENTRIES_SHOWN; i++)
		add_entry(page, &entries->items[i]);
	html_raw(buf, "</tbody></table>\n");
	if (entries->len > ENTRIES_SHOWN)
		frame_note(buf, WORD_LISTS_MORE, STR(""));
}

static void export_entry(struct page *page, const struct people_entry *entry, export_writer *write)
{
	const struct export_cell cells[] = {
		{ "list", entry->list == PEOPLE_BLOCKED ? STR("block") : STR("welcome"), false },
		{ "recipient", entry->scope, false },
		{ "pattern", entry->pattern, false },
		{ "unauthenticated", entry->unauthenticated ? STR("yes") : STR("no"), false },
	};

	write(page, cells, sizeof(cells) / sizeof(*cells));
}

static void export_entries(struct page *page, const struct people_entry_list *entries)
{
	const struct people_entry *entry;

	export_begin(page);
	export_entry(page, &(struct people_entry){ 0 }, export_names);
	vec_foreach (entries, entry)
		export_entry(page, entry, export_row);
	export_end(page);
}

/* Adding. */

static void add_input(struct strbuf *buf, const char *name, enum word label, enum word hint,
                      struct str value)
{
	strbuf_printf(buf, "<p class=\"wide\"><label for=\"f-%s\">", name);
	html_word(buf, label);
	strbuf_printf(buf,
	              "</label><input type=\"text\" id=\"f-%s\" name=\"%s\" maxlength=\"240\" "
	              "autocapitalize=\"none\" autocomplete=\"off\" spellcheck=\"false\" "
	              "placeholder=\"",
	              name, name);
	html_word(buf, hint);
	html_raw(buf, "\" value=\"");
	html_text(buf, value);
	html_raw(buf, "\"></p>\n");
}

static void add_buttons(struct strbuf *buf)
{
	html_raw(buf, "<p><button name=\"list\" value=\"welcome\">");
	html_word(buf, WORD_LISTS_WELCOME);
	html_raw(buf, "</button> <button name=\"list\" value=\"block\">");
	html_word(buf, WORD_LISTS_BLOCK);
	html_raw(buf, "</button></p>");
}

/* Whoever has one address only has one list only. */
static void add_form(struct page *page)
{
	struct strbuf *buf = &page->response->body;
	bool chooses = is_staff(page) || str_find_char(page->visitor.account, '@') < 0;

	if (!may_change(page) && !is_staff(page))
		return;
	html_raw(buf, "<form class=\"filter\" action=\"lists\">\n");
	if (may_change(page))
		add_input(buf, "sender", WORD_SENDER, WORD_LISTS_HINT, STR(""));
	if (chooses)
		add_input(buf, "account", WORD_LISTS_WHOSE,
		          is_staff(page) ? WORD_LISTS_HINT_SITE : WORD_LISTS_HINT_DOMAIN,
		          is_staff(page) ? whose(page) : STR(""));
	if (may_change(page))
		add_buttons(buf);
	html_raw(buf, "<p><button class=\"quiet\">");
	html_word(buf, WORD_SHOW);
	html_raw(buf, "</button></p></form>\n");
}

/* Links are asked for by a form of GET, and confirmed by one of POST, as those of a digest. */
static void ask(struct page *page, const struct people_entry *entry)
{
	bool blocks = entry->list == PEOPLE_BLOCKED;
	struct strbuf *buf = &page->response->body;

	html_raw(buf, "<div class=\"note\"><p>");
	html_word(buf, blocks ? WORD_LISTS_ASK_BLOCK : WORD_LISTS_ASK_WELCOME);
	html_raw(buf, " <strong>");
	html_text(buf, entry->pattern);
	html_raw(buf, "</strong> — ");
	if (entry->scope.len > 0)
		html_text(buf, entry->scope);
	else
		html_word(buf, WORD_LISTS_SITE);
	html_raw(buf, "</p>\n");
	if (!page_act_button(page, LINK_LIST_ADD,
	                     entry->scope.len > 0 ? entry->scope : STR(VISITOR_ALL),
	                     list_link_text(page->arena, entry), ""))
		html_word(buf, WORD_NO_PAGE);
	html_raw(buf, "</div>\n");
}

static void ask_to_add(struct page *page)
{
	const struct form *query = &page->request->query;
	struct str typed = form_get(query, "sender"), list = form_get(query, "list");
	struct people_entry entry = { .scope = whose(page), .list = PEOPLE_WELCOMED };
	struct error error;

	if (typed.len == 0 || list.len == 0 || !may_change(page))
		return;
	if (str_eq(list, STR("block")))
		entry.list = PEOPLE_BLOCKED;
	if (!people_pattern(page->arena, typed, &entry.pattern, &error) ||
	    (entry.scope.len > 0 && !people_scope(page->arena, entry.scope, &entry.scope, &error)))
		frame_note(&page->response->body, WORD_LISTS_WRONG, str_from(error.text));
	else
		ask(page, &entry);
}

/* The page. */

static void add_downloads(struct page *page)
{
	struct strbuf *buf = &page->response->body;
	static const char *const forms[][2] = { { "csv", "CSV" }, { "json", "JSON" } };

	html_raw(buf, "<p class=\"downloads\">");
	html_word(buf, WORD_DOWNLOAD);
	for (size_t i = 0; i < 2; i++) {
		strbuf_printf(buf, " <a href=\"lists.%s?account=", forms[i][0]);
		html_link_value(buf, form_get(&page->request->query, "account"));
		strbuf_printf(buf, "\" download>%s</a>", forms[i][1]);
	}
	html_raw(buf, "</p>\n");
}

bool page_lists(struct page *page, struct error *err_r)
{
	const char *uri = arena_cstr(page->arena, page->web->settings->store);
	struct strbuf *buf = &page->response->body;
	struct people_entry_list entries;

	if (!people_view_show(uri, page->arena, whose(page), &entries, err_r))
		return false;
	if (page->format != PAGE_HTML) {
		export_entries(page, &entries);
		return true;
	}
	frame_begin(page);
	html_raw(buf, "<p class=\"lead\">");
	html_word(buf, WORD_LEAD_LISTS);
	html_raw(buf, "</p>\n");
	ask_to_add(page);
	add_form(page);
	add_table(page, &entries);
	add_downloads(page);
	frame_end(page);
	return true;
}
