/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/page_discards.h"

#include <stdlib.h>
#include <strings.h>

#include "web/export.h"
#include "web/frame.h"
#include "web/list.h"
#include "web/row.h"

/* Groups on a page, and senders of a recipient that aren't folded away. */
#define GROUPS_SHOWN  500
#define SENDERS_SHOWN 5
/* The newest ones, one by one, above the groups. */
#define NEWEST_SHOWN 10

static const char *destination_of(const struct store_group *group)
{
	return group->destination[0] != '\0' ? group->destination : group->recipient;
}

static bool same_destination(const struct store_group *a, const struct store_group *b)
{
	return strcasecmp(destination_of(a), destination_of(b)) == 0;
}

static bool same_place(const struct store_group *a, const struct store_group *b)
{
	return same_destination(a, b) && strcasecmp(a->recipient, b->recipient) == 0;
}

static size_t count_alike(const struct store_groups *groups, size_t first,
                          bool (*alike)(const struct store_group *, const struct store_group *),
                          int64_t *mails_r)
{
	size_t count = 0;

	*mails_r = 0;
	while (first + count < groups->list.len &&
	       alike(&groups->list.items[first], &groups->list.items[first + count]))
		*mails_r += (int64_t)groups->list.items[first + count++].count;
	return count;
}

static void add_sender(struct strbuf *buf, const struct store_group *group)
{
	html_raw(buf, "<tr><td class=\"number\">");
	html_number(buf, (int64_t)group->count);
	html_raw(buf, "</td><td class=\"number\">");
	html_decimal_short(buf, group->score);
	html_raw(buf, "</td><td class=\"address\">");
	row_sender(buf, group->sender);
	if (group->kind == RECORD_DISCARDED_INFECTED) {
		html_raw(buf, " <span class=\"badge infected\">");
		html_word(buf, WORD_INFECTED_ONE);
		html_raw(buf, "</span>");
	}
	html_raw(buf, "</td></tr>\n");
}

static void add_senders(struct strbuf *buf, const struct store_group *groups, size_t count)
{
	html_raw(buf, "<table class=\"senders\"><thead><tr><th scope=\"col\" class=\"number\">");
	html_word(buf, WORD_COUNT_OF);
	html_raw(buf, "</th><th scope=\"col\" class=\"number\">");
	html_word(buf, WORD_SCORE);
	html_raw(buf, "</th><th scope=\"col\">");
	html_word(buf, WORD_SENDER);
	html_raw(buf, "</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < count; i++)
		add_sender(buf, &groups[i]);
	html_raw(buf, "</tbody></table>\n");
}

static void add_recipient(struct strbuf *buf, const struct store_group *groups, size_t count,
                          int64_t mails)
{
	html_raw(buf, "<h3>");
	html_cstr(buf, groups[0].recipient);
	html_raw(buf, " <span class=\"of\">");
	html_count(buf, mails, WORD_MESSAGE_ONE, WORD_MESSAGE_MANY);
	html_raw(buf, "</span></h3>\n");
	add_senders(buf, groups, count < SENDERS_SHOWN ? count : SENDERS_SHOWN);
	if (count <= SENDERS_SHOWN)
		return;
	html_raw(buf, "<details><summary>");
	html_count(buf, (int64_t)(count - SENDERS_SHOWN), WORD_MORE_SENDERS_ONE,
	           WORD_MORE_SENDERS_MANY);
	html_raw(buf, "</summary>\n");
	add_senders(buf, groups + SENDERS_SHOWN, count - SENDERS_SHOWN);
	html_raw(buf, "</details>\n");
}

static void add_destination(struct strbuf *buf, const struct store_groups *groups, size_t first,
                            size_t count, int64_t mails)
{
	html_raw(buf, "<section class=\"group\"><h2><span class=\"label\">");
	html_word(buf, WORD_TO);
	html_raw(buf, "</span> ");
	html_cstr(buf, destination_of(&groups->list.items[first]));
	html_raw(buf, " <span class=\"of\">");
	html_count(buf, mails, WORD_MESSAGE_ONE, WORD_MESSAGE_MANY);
	html_raw(buf, "</span></h2>\n");
	for (size_t i = first; i < first + count;) {
		size_t alike = count_alike(groups, i, same_place, &mails);

		add_recipient(buf, &groups->list.items[i], alike, mails);
		i += alike;
	}
	html_raw(buf, "</section>\n");
}

static void add_groups(struct page *page, const struct store_groups *groups)
{
	struct strbuf *buf = &page->response->body;
	int64_t mails;

	html_raw(buf, "<h2 class=\"unseen\">");
	html_word(buf, WORD_BY_DESTINATION);
	html_raw(buf, "</h2>\n");
	for (size_t i = 0; i < groups->list.len;) {
		size_t alike = count_alike(groups, i, same_destination, &mails);

		add_destination(buf, groups, i, alike, mails);
		i += alike;
	}
	if (groups->more)
		frame_note(buf, WORD_GROUPS_MORE, STR(""));
}

static bool export_all(struct page *page, const struct list_filter *filter, struct error *err_r)
{
	struct store_rows rows;

	if (!list_read(page, filter, &rows, err_r))
		return false;
	export_rows(page, &rows);
	return true;
}

static int compare_groups(const void *a, const void *b)
{
	const struct store_group *x = a, *y = b;
	int order = strcasecmp(destination_of(x), destination_of(y));

	if (order == 0)
		order = strcasecmp(x->recipient, y->recipient);
	if (order == 0)
		order = (x->count < y->count) - (x->count > y->count);
	if (order == 0)
		order = (x->score < y->score) - (x->score > y->score);
	return order != 0 ? order : strcmp(x->sender, y->sender);
}

/* Those of both kinds, as one list. */
static bool read_groups(struct page *page, const struct list_filter *filter,
                        struct store_groups *groups_r, struct error *err_r)
{
	struct store_filter wanted = filter->mail;
	const struct store_group *group;
	struct store_groups groups;

	wanted.limit = GROUPS_SHOWN;
	for (unsigned kind = 0; kind < RECORD_KIND_COUNT; kind++) {
		wanted.kinds = filter->mail.kinds & 1u << kind;
		if (wanted.kinds == 0)
			continue;
		if (!store_view_groups(page->view, page->arena, &wanted, NULL, &groups, err_r))
			return false;
		vec_foreach (&groups.list, group)
			vec_push(page->arena, &groups_r->list, *group);
		groups_r->more = groups_r->more || groups.more || groups.since_us > 0;
	}
	if (groups_r->list.len > 0)
		qsort(groups_r->list.items, groups_r->list.len, sizeof(*groups_r->list.items),
		      compare_groups);
	return true;
}

/* Only the newest rows are asked for here, whatever is said of older ones. */
static bool read_all(struct page *page, struct list_filter *filter, struct store_rows *rows_r,
                     struct store_groups *groups_r, struct error *err_r)
{
	filter->mail.limit = filter->mail.before_id > 0 ? LIST_ROWS : NEWEST_SHOWN;
	if (!list_read(page, filter, rows_r, err_r))
		return false;
	*groups_r = (struct store_groups){ 0 };
	if (filter->mail.before_id > 0)
		return true;
	return read_groups(page, filter, groups_r, err_r);
}

bool page_discards(struct page *page, struct error *err_r)
{
	struct list_filter filter = list_filter_read(page, "7d", list_limit(page));
	struct strbuf *buf = &page->response->body;
	struct store_groups groups;
	struct store_rows rows;

	if (page->format != PAGE_HTML)
		return export_all(page, &filter, err_r);
	if (!read_all(page, &filter, &rows, &groups, err_r))
		return false;
	frame_begin(page);
	html_raw(buf, "<p class=\"lead\">");
	html_word(buf, WORD_LEAD_DISCARDS);
	html_raw(buf, "</p>\n");
	list_filter_form(page, &filter);
	list_table(page, &filter, &rows, page->type->name, true);
	if (groups.list.len > 0)
		add_groups(page, &groups);
	list_filter_downloads(page, &filter);
	frame_end(page);
	return true;
}
