/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/pages.h"

#include <time.h>

#include "base/log.h"
#include "web/assets.h"
#include "web/frame.h"
#include "web/live.h"
#include "web/page_act.h"
#include "web/page_discards.h"
#include "web/page_list.h"
#include "web/page_lists.h"
#include "web/page_message.h"
#include "web/page_mistake.h"
#include "web/page_open.h"
#include "web/page_overview.h"
#include "web/page_receivers.h"
#include "web/page_rejects.h"
#include "web/page_search.h"
#include "web/page_tune.h"

#define DISCARDED_KINDS (1 << RECORD_DISCARDED | 1 << RECORD_DISCARDED_INFECTED)
#define DELIVERED_KINDS (1 << RECORD_DELIVERED | 1 << RECORD_FORWARDED | 1 << RECORD_OBSERVED)
#define EVENTS          "events-"

/* In the order of the navigation; "" of the address is the first that the visitor may see. */
static const struct page_type types[] = {
	{ .name = "overview",
	  .title = WORD_OVERVIEW,
	  .show = page_overview,
	  .listed = true,
	  .staff = true,
	  .needs_store = true,
	  .has_data = true },
	{ .name = "discards",
	  .title = WORD_DISCARDS,
	  .show = page_discards,
	  .listed = true,
	  .needs_store = true,
	  .has_data = true,
	  .kinds = DISCARDED_KINDS },
	{ .name = "rejects",
	  .title = WORD_REJECTS,
	  .show = page_rejects,
	  .listed = true,
	  .needs_store = true,
	  .has_data = true },
	{ .name = "infected",
	  .title = WORD_INFECTED,
	  .show = page_list_records,
	  .listed = true,
	  .needs_store = true,
	  .has_data = true,
	  .kinds = 1 << RECORD_DISCARDED_INFECTED },
	{ .name = "deliveries",
	  .title = WORD_DELIVERIES,
	  .show = page_list_records,
	  .listed = true,
	  .needs_store = true,
	  .has_data = true,
	  .kinds = DELIVERED_KINDS },
	{ .name = "receivers",
	  .title = WORD_RECEIVERS,
	  .show = page_receivers,
	  .listed = true,
	  .staff = true,
	  .needs_store = true,
	  .has_data = true },
	{ .name = "search",
	  .title = WORD_SEARCH,
	  .show = page_search,
	  .listed = true,
	  .needs_store = true,
	  .has_data = true },
	{ .name = "lists",
	  .title = WORD_SENDER_LISTS,
	  .show = page_lists,
	  .listed = true,
	  .needs_store = true,
	  .has_data = true },
	{ .name = "tune",
	  .title = WORD_TUNE,
	  .show = page_tune,
	  .listed = true,
	  .staff = true,
	  .needs_store = true,
	  .has_data = true },
	{ .name = "message",
	  .title = WORD_MESSAGE,
	  .show = page_message,
	  .needs_store = true,
	  .has_data = true },
	{ .name = "mistake",
	  .title = WORD_MISTAKE,
	  .show = page_mistake,
	  .staff = true,
	  .needs_store = true },
	{ .name = "open", .title = WORD_WHO_TITLE, .show = page_open },
	{ .name = "act", .title = WORD_ACT_TITLE, .show = page_act },
	{ .name = "leave", .title = WORD_LEFT_TITLE, .show = page_leave },
	{ 0 },
};

static const struct page_type *find_type(struct str name)
{
	for (const struct page_type *type = types; type->name != NULL; type++)
		if (str_eq(name, str_from(type->name)))
			return type;
	return NULL;
}

static bool is_open_to_all(const struct page_type *type)
{
	return !type->needs_store;
}

/* "name", "name.csv" or "name.json"; "" is the start. NULL where there is no such page. */
static const struct page_type *find_page(const struct visitor *visitor, struct str name,
                                         enum page_format *format_r)
{
	static const struct {
		struct str suffix;
		enum page_format format;
	} formats[] = { { STR_INIT(".csv"), PAGE_CSV }, { STR_INIT(".json"), PAGE_JSON } };
	const struct page_type *type;

	*format_r = PAGE_HTML;
	if (name.len == 0)
		return &types[visitor->kind == VISITOR_STAFF ? 0 : 1];
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (!str_ends_ci(name, formats[i].suffix))
			continue;
		*format_r = formats[i].format;
		name.len -= formats[i].suffix.len;
	}
	type = find_type(name);
	return type != NULL && *format_r != PAGE_HTML && !type->has_data ? NULL : type;
}

static void show_asset(struct page *page, const struct asset *asset)
{
	page->response->type = asset->type;
	page->response->unchanging = true;
	strbuf_add(&page->response->body, asset->content);
}

static bool begin_live(struct page *page, struct error *err_r)
{
	struct list_filter filter = list_filter_read(page, "1h", 1);

	page->response->type = "text/event-stream; charset=utf-8";
	page->response->live = live_new(page, &filter, err_r);
	return page->response->live != NULL;
}

/* The reason is for the log, and for staff. */
static void tell_failure(struct page *page, const struct error *error)
{
	log_warning(NULL, "web: %s", error->text);
	frame_tell(page, 503, WORD_NO_STORE, WORD_NO_STORE_TEXT);
	if (page->visitor.kind == VISITOR_STAFF)
		frame_note(&page->response->body, WORD_REASON, str_from(error->text));
}

static bool make_view(struct page *page, struct store *store, struct error *err_r)
{
	page->view = page->visitor.kind == VISITOR_STAFF
	                     ? store_view_staff(page->arena, store)
	                     : store_view_of(page->arena, store, page->visitor.account, err_r);
	return page->view != NULL;
}

static void show_records(struct page *page, bool (*show)(struct page *, struct error *))
{
	struct reader reader;
	struct error error;
	bool ok;

	if (!readers_borrow(page->web->readers, &reader, &error)) {
		tell_failure(page, &error);
		return;
	}
	ok = make_view(page, reader.store, &error) && show(page, &error);
	readers_give_back(page->web->readers, &reader, ok);
	page->view = NULL;
	if (!ok)
		tell_failure(page, &error);
}

/* Few pages take a form. */
static bool takes_method(const struct page_type *type, enum request_method method)
{
	return method == REQUEST_GET ||
	       (method == REQUEST_POST &&
	        (type->show == page_leave || type->show == page_act || type->show == page_mistake));
}

static void show_page(struct page *page)
{
	struct str name = page->request->page;
	const struct asset *asset = assets_find(name);
	bool live = str_starts(name, STR(EVENTS));

	if (asset != NULL && page->request->method == REQUEST_GET) {
		show_asset(page, asset);
		return;
	}
	page->type =
		find_page(&page->visitor, live ? str_from_offset(name, sizeof(EVENTS) - 1) : name,
	                  &page->format);
	if (page->type == NULL || (live && (page->type->kinds == 0 || page->format != PAGE_HTML)))
		frame_tell(page, 404, WORD_NO_PAGE, WORD_NO_PAGE_TEXT);
	else if (!takes_method(page->type, page->request->method))
		frame_tell(page, 405, WORD_NO_METHOD, WORD_NO_METHOD_TEXT);
	else if (is_open_to_all(page->type))
		page->type->show(page, &(struct error){ { 0 } });
	else if (page->visitor.kind == VISITOR_NOBODY)
		frame_tell(page, 403, WORD_WHO_TITLE, page->visitor.why);
	else if (page->type->staff && page->visitor.kind != VISITOR_STAFF)
		frame_tell(page, 403, WORD_WHO_TITLE, WORD_STAFF_ONLY);
	else
		show_records(page, live ? begin_live : page->type->show);
}

/* Strangers' forms are small; only staff send messages. */
size_t pages_body_max(const struct web *web, struct arena *arena, const struct request_parts *parts)
{
	struct request request;

	if (!request_read(arena, parts, &request) || request.method != REQUEST_POST ||
	    !str_eq(request.page, STR("mistake")) ||
	    visitor_of(arena, &web->visitors, &request, time(NULL)).kind != VISITOR_STAFF)
		return FORM_TEXT_MAX;
	return page_mistake_form_max();
}

void pages_answer(const struct web *web, struct arena *arena, const struct request_parts *parts,
                  struct response *response_r)
{
	struct request request;
	struct timespec now;
	struct page page = { .web = web,
		             .arena = arena,
		             .request = &request,
		             .types = types,
		             .response = response_r };

	*response_r = (struct response){ .code = 200, .type = RESPONSE_HTML };
	strbuf_init(&response_r->body, arena);
	clock_gettime(CLOCK_REALTIME, &now);
	page.now_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	if (!request_read(arena, parts, &request)) {
		frame_tell(&page, 400, WORD_NO_PAGE, WORD_NO_PAGE_TEXT);
		return;
	}
	page.visitor = visitor_of(arena, &web->visitors, &request, now.tv_sec);
	show_page(&page);
}
