/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/live.h"

#include <poll.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "web/row.h"

#define ASK_MS      700
#define BEAT_US     (INT64_C(5) * 1000000)   /* so that nobody takes it for dead */
#define LIFETIME_US (INT64_C(300) * 1000000) /* then the browser is judged anew */
#define ROWS_MAX    50

struct live_query {
	const struct web *web;
	struct arena *arena; /* of what stays the same */
	struct str account;
	bool staff;
	struct store_filter filter;
	int64_t last_id;
	int64_t begun_us, sent_us;
	struct arena *text_arena; /* of what is being sent */
	struct str text;
};

static atomic_int streams;
static atomic_bool stopping;

static bool make_view(const struct live_query *live, struct arena *arena, struct store *store,
                      struct store_view **view_r, struct error *err_r)
{
	*view_r = live->staff ? store_view_staff(arena, store)
	                      : store_view_of(arena, store, live->account, err_r);
	return *view_r != NULL;
}

struct live_query *live_new(const struct page *page, const struct list_filter *filter,
                            struct error *err_r)
{
	struct live_query *live;
	int64_t newest;

	if (!store_view_newest_id(page->view, &newest, err_r))
		return NULL;
	if (atomic_fetch_add(&streams, 1) >= LIVE_MAX) {
		atomic_fetch_sub(&streams, 1);
		error_set(err_r, "too many pages are live; this one is not");
		return NULL;
	}
	live = memory_calloc(1, sizeof(*live));
	live->web = page->web;
	live->arena = arena_new();
	live->staff = page->visitor.kind == VISITOR_STAFF;
	live->account = arena_str(live->arena, page->visitor.account);
	live->filter = (struct store_filter){
		.kinds = filter->mail.kinds,
		.account = arena_str(live->arena, filter->mail.account),
		.destination = arena_str(live->arena, filter->mail.destination),
		.limit = ROWS_MAX,
	};
	live->last_id = newest;
	live->begun_us = clock_monotonic_us();
	live->text_arena = arena_new();
	/* The first bytes tell the browser, and the proxy, that it works. */
	live->text = STR("retry: 2000\n: live\n\n");
	return live;
}

void live_free(struct live_query *live)
{
	if (live == NULL)
		return;
	arena_free(live->text_arena);
	arena_free(live->arena);
	free(live);
	atomic_fetch_sub(&streams, 1);
}

void live_stop(void)
{
	atomic_store(&stopping, true);
}

/* "data: " before each line: a row is one. */
static void write_rows(struct live_query *live, const struct store_rows *rows)
{
	const struct store_row *row;
	struct strbuf buf;

	strbuf_init(&buf, live->text_arena);
	vec_foreach (rows, row) {
		strbuf_add(&buf, STR("event: row\ndata: "));
		row_add(&buf, row);
		strbuf_add_char(&buf, '\n');
	}
	live->text = strbuf_str(&buf);
}

static bool ask(struct live_query *live)
{
	struct store_rows rows = { 0 };
	struct store_view *view;
	struct reader reader;
	struct error error;
	int64_t newest;
	bool ok;

	if (!readers_borrow(live->web->readers, &reader, &error))
		return false;
	ok = make_view(live, live->text_arena, reader.store, &view, &error) &&
	     store_view_newest_id(view, &newest, &error);
	if (ok && newest > live->last_id)
		ok = store_view_after(view, live->text_arena, &live->filter, live->last_id, &rows,
		                      &error);
	readers_give_back(live->web->readers, &reader, ok);
	if (!ok)
		return false;
	/* Those that came between the two questions were shown, too. */
	if (rows.len < live->filter.limit && newest > live->last_id)
		live->last_id = newest;
	if (rows.len > 0 && rows.items[rows.len - 1].id > live->last_id)
		live->last_id = rows.items[rows.len - 1].id;
	write_rows(live, &rows);
	return true;
}

size_t live_read(struct live_query *live, char *out, size_t max)
{
	size_t len;

	while (live->text.len == 0) {
		if (atomic_load(&stopping) || clock_monotonic_us() - live->begun_us > LIFETIME_US)
			return 0;
		poll(NULL, 0, ASK_MS);
		arena_free(live->text_arena);
		live->text_arena = arena_new();
		if (!ask(live))
			return 0;
		if (live->text.len == 0 && clock_monotonic_us() - live->sent_us > BEAT_US)
			live->text = STR(": \n\n");
	}
	len = live->text.len < max ? live->text.len : max;
	memcpy(out, live->text.data, len);
	live->text = str_from_offset(live->text, len);
	live->sent_us = clock_monotonic_us();
	return len;
}
