/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/store_view.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/map.h"
#include "store/filter_plan.h"
#include "store/groups.h"
#include "store/record_codec.h"
#include "store/store_private.h"
#include "store/store_view_private.h"

/* Bytes of an address, RFC 5321 section 4.5.3.1, and more than that. */
#define ACCOUNT_MAX 320
/* Records that are looked at between two looks at the clock. */
#define CLOCK_EVERY 64
/* So many are looked at on the busiest host, so that plain lists are whole pages. */
#define ALWAYS_SEEN 1500
/* Of all that came, what is looked at for what is live. */
#define LIVE_MAX 5000
/* Recipients of one message that are shown. */
#define RECIPIENTS_MAX 500
/* Records that are grouped where each has to be looked at: at most, and on the busiest host. For
 * how long, milliseconds. */
#define GROUPED_MAX  20000
#define GROUPED_EVER 1500
#define GROUPED_MS   150

/* Views. */

struct store_view *store_view_staff(struct arena *arena, struct store *store)
{
	struct store_view *view = arena_new_object(arena, struct store_view);

	view->store = store;
	return view;
}

/* An address or a domain, without anything that no record has. */
static bool is_account(struct str account)
{
	ptrdiff_t at = str_rfind_char(account, '@');

	if (account.len == 0 || account.len > ACCOUNT_MAX || at == 0 ||
	    (size_t)(at + 1) == account.len)
		return false;
	for (size_t i = 0; i < account.len; i++)
		if ((unsigned char)account.data[i] <= ' ' || account.data[i] == 0x7f)
			return false;
	return true;
}

struct store_view *store_view_of(struct arena *arena, struct store *store, struct str account,
                                 struct error *err_r)
{
	struct store_view *view;

	if (!is_account(account)) {
		error_set(err_r, "\"%.*s\" is no account; name an address or a domain",
		          STR_FMT(str_prefix(account, ACCOUNT_MAX)));
		return NULL;
	}
	view = arena_new_object(arena, struct store_view);
	view->store = store;
	view->account = arena_str_lower(arena, account).data;
	return view;
}

struct str store_view_account(const struct store_view *view)
{
	return view->account != NULL ? str_from(view->account) : STR("");
}

bool store_view_has(const struct store_view *view, const struct record *record)
{
	return view->account == NULL || store_address_fits(record->recipient, view->account);
}

/* Rows. */

struct reading {
	struct arena *arena;
	const struct filter_plan *plan;
	struct store_rows *rows;
	size_t limit;
	struct deadline deadline;
	size_t seen;
	int64_t last_us, last_id; /* of what was looked at */
};

static struct record copy_record(struct arena *arena, const struct record *record)
{
	struct record copy = *record;
	const char **strings[RECORD_STRINGS];

	record_strings(&copy, strings);
	for (size_t i = 0; i < RECORD_STRINGS; i++)
		*strings[i] = arena_cstr(arena, str_from(store_text(*strings[i])));
	return copy;
}

static bool take_row(const struct record *record, int64_t id, void *context)
{
	struct reading *reading = context;
	struct store_rows *rows = reading->rows;

	if (++reading->seen % CLOCK_EVERY == 0 && reading->seen > ALWAYS_SEEN &&
	    deadline_passed(reading->deadline)) {
		rows->incomplete = rows->more = true;
		return false;
	}
	if (!filter_plan_fits(reading->plan, record)) {
		reading->last_us = record->time_us;
		reading->last_id = id;
		return true;
	}
	/* One more than are wanted tells that there is one. */
	if (rows->len == reading->limit) {
		rows->more = true;
		return false;
	}
	vec_push(reading->arena, rows,
	         ((struct store_row){ copy_record(reading->arena, record), id }));
	reading->last_us = record->time_us;
	reading->last_id = id;
	return true;
}

static size_t limit_of(const struct store_filter *filter)
{
	return filter->limit > 0 && filter->limit < STORE_VIEW_ROWS_MAX ? filter->limit
	                                                                : STORE_VIEW_ROWS_MAX;
}

static int patience(const struct store_filter *filter)
{
	if (filter->patience_ms <= 0)
		return STORE_VIEW_PATIENCE_MS;
	return filter->patience_ms < STORE_VIEW_PATIENCE_MAX_MS ? filter->patience_ms
	                                                        : STORE_VIEW_PATIENCE_MAX_MS;
}

static bool read_rows(struct reading *reading, const struct store_query *query, struct error *err_r)
{
	struct store_rows *rows = reading->rows;

	reading->deadline = deadline_in_ms(patience(reading->plan->filter));
	if (!store_read(reading->plan->view->store, query, take_row, reading, err_r))
		return false;
	if (rows->more) {
		rows->next_us = reading->last_us;
		rows->next_id = reading->last_id;
	}
	return true;
}

/* A text that is an id has an index, unlike its other meanings. */
static bool read_text_as_id(struct reading *reading, struct error *err_r)
{
	struct filter_plan *plan = (struct filter_plan *)reading->plan;
	struct store_query query = plan->query;

	query.message = arena_cstr(reading->arena, plan->text_id);
	return read_rows(reading, &query, err_r);
}

bool store_view_newest(const struct store_view *view, struct arena *arena,
                       const struct store_filter *filter, struct store_rows *rows_r,
                       struct error *err_r)
{
	struct filter_plan plan;
	struct reading reading = { .arena = arena, .plan = &plan, .rows = rows_r };

	*rows_r = (struct store_rows){ 0 };
	if (!filter_plan_make(view, arena, filter, &plan, err_r))
		return false;
	if (plan.empty)
		return true;
	reading.limit = limit_of(filter);
	plan.query.newest_first = true;
	plan.query.before_us = filter->before_us;
	plan.query.before_id = filter->before_id;
	if (plan.text_id.len > 0 && plan.message[0] == '\0' && filter->before_us == 0) {
		if (!read_text_as_id(&reading, err_r) || rows_r->len > 0)
			return rows_r->len > 0;
	}
	return read_rows(&reading, &plan.query, err_r);
}

bool store_view_message(const struct store_view *view, struct arena *arena, struct str id,
                        struct store_rows *rows_r, struct error *err_r)
{
	struct store_filter filter = { .message = id, .limit = RECIPIENTS_MAX };

	if (!store_view_newest(view, arena, &filter, rows_r, err_r))
		return false;
	if (str_trim(id).len == 0)
		rows_r->len = 0;
	for (size_t i = 0; i < rows_r->len / 2; i++) {
		struct store_row row = rows_r->items[i];

		rows_r->items[i] = rows_r->items[rows_r->len - 1 - i];
		rows_r->items[rows_r->len - 1 - i] = row;
	}
	return true;
}

bool store_view_after(const struct store_view *view, struct arena *arena,
                      const struct store_filter *filter, int64_t after_id,
                      struct store_rows *rows_r, struct error *err_r)
{
	struct filter_plan plan;
	struct reading reading = { .arena = arena, .plan = &plan, .rows = rows_r };
	int64_t newest;

	*rows_r = (struct store_rows){ 0 };
	if (!filter_plan_make(view, arena, filter, &plan, err_r) ||
	    !store_newest_id(view->store, &newest, err_r))
		return false;
	if (after_id < newest - LIVE_MAX)
		after_id = newest - LIVE_MAX;
	if (plan.empty || after_id >= newest)
		return true;
	reading.limit = limit_of(filter);
	plan.query.after_id = after_id > 0 ? after_id : 0;
	/* Without any before, all that there are are new. */
	if (plan.query.after_id == 0)
		plan.query.up_to_id = newest;
	return read_rows(&reading, &plan.query, err_r);
}

bool store_view_newest_id(const struct store_view *view, int64_t *id_r, struct error *err_r)
{
	return store_newest_id(view->store, id_r, err_r);
}

/* Groups. */

struct group_reading {
	struct arena *arena;
	const struct filter_plan *plan;
	struct store_groups *groups;
	const struct store_group *after;
	size_t limit;
};

static bool take_group(const struct store_group *group, void *context)
{
	struct group_reading *reading = context;
	struct store_groups *groups = reading->groups;
	struct store_group copy = *group;

	const struct store_view *view = reading->plan->view;

	if (!store_group_is_after(group, reading->after) ||
	    (view->account != NULL && !store_address_fits(group->recipient, view->account)))
		return true;
	if (groups->list.len == reading->limit) {
		groups->more = true;
		return false;
	}
	copy.destination = arena_cstr(reading->arena, str_from(group->destination));
	copy.recipient = arena_cstr(reading->arena, str_from(group->recipient));
	copy.sender = arena_cstr(reading->arena, str_from(group->sender));
	vec_push(reading->arena, &groups->list, copy);
	return true;
}

static bool same_place(const struct store_group *x, const struct store_group *y)
{
	return x->kind == y->kind && strcasecmp(x->destination, y->destination) == 0 &&
	       strcasecmp(x->recipient, y->recipient) == 0;
}

/* A recipient whose groups are not all there comes with the next page, unless he fills this one. */
static void leave_last(struct store_groups *groups)
{
	size_t len = groups->list.len;

	while (len > 0 &&
	       same_place(&groups->list.items[len - 1], &groups->list.items[groups->list.len - 1]))
		len--;
	if (len > 0)
		groups->list.len = len;
}

/* The most frequent first, then the highest score, of each recipient. */
static int compare_senders(const void *a, const void *b)
{
	const struct store_group *x = a, *y = b;
	int order = (x->count < y->count) - (x->count > y->count);

	if (order == 0)
		order = (x->score < y->score) - (x->score > y->score);
	return order != 0 ? order : strcmp(x->sender, y->sender);
}

static void order_senders(struct store_groups *groups)
{
	struct store_group *list = groups->list.items;
	size_t first = 0;

	for (size_t i = 1; i <= groups->list.len; i++) {
		if (i < groups->list.len && same_place(&list[first], &list[i]))
			continue;
		qsort(&list[first], i - first, sizeof(*list), compare_senders);
		first = i;
	}
}

/* For stores that have to look at each record. */
struct grouping {
	const struct filter_plan *plan;
	struct groups *groups;
	size_t count;
	int64_t last_us;
	struct deadline deadline;
	bool enough; /* no more than those of the same time */
	bool all;
};

/* As many as there is time for. */
static bool are_enough(const struct grouping *grouping)
{
	return grouping->count >= GROUPED_MAX ||
	       (grouping->count >= GROUPED_EVER && grouping->count % CLOCK_EVERY == 0 &&
	        deadline_passed(grouping->deadline));
}

static bool add_to_groups(const struct record *record, int64_t id, void *context)
{
	struct grouping *grouping = context;

	(void)id;
	if (!filter_plan_fits(grouping->plan, record))
		return true;
	/* Those of one time stay together. */
	grouping->enough = grouping->enough || are_enough(grouping);
	if (grouping->enough && record->time_us != grouping->last_us) {
		grouping->all = false;
		return false;
	}
	groups_add(grouping->groups, record);
	grouping->count++;
	grouping->last_us = record->time_us;
	return true;
}

static bool group_newest(struct group_reading *reading, struct error *err_r)
{
	struct store_query query = reading->plan->query;
	struct grouping grouping = { .plan = reading->plan,
		                     .groups = groups_new(reading->arena),
		                     .deadline = deadline_in_ms(GROUPED_MS),
		                     .all = true };

	query.newest_first = true;
	if (!store_read(reading->plan->view->store, &query, add_to_groups, &grouping, err_r))
		return false;
	if (!grouping.all)
		reading->groups->since_us = grouping.last_us;
	groups_visit(grouping.groups, take_group, reading);
	return true;
}

static bool read_groups(struct group_reading *reading, struct error *err_r)
{
	struct store *store = reading->plan->view->store;
	struct store_query query = reading->plan->query;

	if (!store->backend->has_all_indexes)
		return group_newest(reading, err_r);
	/* Those of others are left out here, so the index tells when to stop. */
	query.limit = reading->limit + 1;
	query.after_group = reading->after;
	return store_read_groups(store, &query, take_group, reading, err_r);
}

bool store_view_groups(const struct store_view *view, struct arena *arena,
                       const struct store_filter *filter, const struct store_group *after,
                       struct store_groups *groups_r, struct error *err_r)
{
	struct filter_plan plan;
	struct group_reading reading = { arena, &plan, groups_r, after, limit_of(filter) };
	size_t kinds = 0;

	*groups_r = (struct store_groups){ 0 };
	if (!filter_plan_make(view, arena, filter, &plan, err_r))
		return false;
	for (int kind = 0; kind < RECORD_KIND_COUNT; kind++)
		kinds += (filter->kinds & 1u << kind) != 0;
	if (kinds != 1)
		return error_set(err_r, "groups are of one kind of record; ask for each");
	if (plan.empty)
		return true;
	/* The index of groups has no other way to be narrowed. */
	plan.query.message = "";
	plan.query.destination = arena_cstr(arena, filter->destination);
	plan.query.sender = "";
	if (!read_groups(&reading, err_r))
		return false;
	if (groups_r->more)
		leave_last(groups_r);
	if (groups_r->more && groups_r->list.len > 0)
		groups_r->next = groups_r->list.items[groups_r->list.len - 1];
	order_senders(groups_r);
	return true;
}

/* Counts. */

struct counting {
	struct arena *arena;
	const struct store_view *view;
	const struct store_filter *filter;
	struct map *by_name; /* by kind and domain */
	struct store_counts *counts;
};

static bool take_count(const struct store_count *count, void *context)
{
	struct counting *counting = context;
	struct str domain = str_from(count->domain), key;
	struct store_count *sum;

	if (counting->view->account != NULL &&
	    !str_eq_ci(domain, str_from(counting->view->account)))
		return true;
	if ((counting->filter->kinds != 0 && (counting->filter->kinds & 1u << count->kind) == 0) ||
	    (counting->filter->until_us > 0 && count->hour_us >= counting->filter->until_us))
		return true;
	key = arena_printf(counting->arena, "%d %.*s", (int)count->kind, STR_FMT(domain));
	sum = map_get(counting->by_name, key);
	if (sum == NULL) {
		sum = arena_new_object(counting->arena, struct store_count);
		*sum = (struct store_count){ count->kind, count->hour_us,
			                     arena_cstr(counting->arena, domain), 0 };
		map_set(counting->by_name, key, sum);
	}
	if (count->hour_us < sum->hour_us)
		sum->hour_us = count->hour_us;
	sum->count += count->count;
	counting->counts->total += count->count;
	return true;
}

static int compare_counts(const void *a, const void *b)
{
	const struct store_count *x = a, *y = b;
	int order = (x->count < y->count) - (x->count > y->count);

	if (order == 0)
		order = strcasecmp(x->domain, y->domain);
	return order != 0 ? order : (int)x->kind - (int)y->kind;
}

bool store_view_counts(const struct store_view *view, struct arena *arena,
                       const struct store_filter *filter, struct store_counts *counts_r,
                       struct error *err_r)
{
	struct counting counting = { arena, view, filter, map_new(arena, MAP_IGNORE_CASE),
		                     counts_r };
	struct filter_plan plan;

	*counts_r = (struct store_counts){ 0 };
	if (!filter_plan_make(view, arena, filter, &plan, err_r))
		return false;
	if (plan.empty || str_find_char(store_view_account(view), '@') >= 0)
		return true;
	if (!store_read_counts(view->store, filter->since_us, plan.query.account, take_count,
	                       &counting, err_r))
		return false;
	for (size_t i = 0; i < map_len(counting.by_name); i++)
		vec_push(arena, counts_r, *(struct store_count *)map_at(counting.by_name, i, NULL));
	if (counts_r->len > 0)
		qsort(counts_r->items, counts_r->len, sizeof(counts_r->items[0]), compare_counts);
	counts_r->more = counts_r->len > limit_of(filter);
	if (counts_r->more)
		counts_r->len = limit_of(filter);
	return true;
}
