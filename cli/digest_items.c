/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/digest_items.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/shown.h"
#include "store/store.h"

/* Of a busy domain, more is let through in a day than anybody looks at. */
#define PASSED_READ 20000

struct reading {
	struct arena *arena;
	struct map *seen; /* "ID RECIPIENT" -> 1 + the number in `items`, of what is listed */
	struct digest_items *items, *passed;
};

static struct str shown(struct arena *arena, const char *text)
{
	return shown_text(arena, arena_str(arena, str_from(text)));
}

static struct digest_item item_of(struct arena *arena, const struct record *record)
{
	return (struct digest_item){
		.scan_id = arena_str(arena, str_from(record->scan_id)),
		.time_us = record->time_us,
		.score = record->score,
		.fate = record->kind == RECORD_DISCARDED ? DIGEST_DROPPED
		        : record->tagged                 ? DIGEST_TAGGED
		                                         : DIGEST_PASSED,
		.sender = shown(arena, record->sender),
		.recipient = shown(arena, record->recipient),
		.destination = shown(arena, record->destination),
		.subject = shown(arena, record->subject),
		.reported_as = arena_str(arena, str_from(record->reported_as)),
	};
}

static struct str key_of(struct arena *arena, const struct record *record)
{
	return arena_str_lower(arena,
	                       arena_printf(arena, "%s %s", record->scan_id, record->recipient));
}

/* The hop's record of what the front tagged is the same message again, and knows more. */
static void add_to(struct digest_item *item, const struct digest_item *again)
{
	if (item->fate == DIGEST_TAGGED && item->reported_as.len == 0) {
		item->reported_as = again->reported_as;
		item->destination = again->destination;
	}
}

static bool take_record(const struct record *record, int64_t id, void *context)
{
	struct reading *reading = context;
	struct digest_item item = item_of(reading->arena, record);
	struct str key = key_of(reading->arena, record);
	size_t *number = map_get(reading->seen, key);

	(void)id;
	if (number != NULL) {
		add_to(&reading->items->items[*number], &item);
		return true;
	}
	number = arena_new_object(reading->arena, size_t);
	*number = reading->items->len;
	map_set(reading->seen, key, number);
	vec_push(reading->arena, reading->items, item);
	return true;
}

/* What was dropped and then released is listed as that. */
static bool take_passed(const struct record *record, int64_t id, void *context)
{
	struct reading *reading = context;

	(void)id;
	if (!record->tagged && record->reported_as[0] != '\0' &&
	    map_get(reading->seen, key_of(reading->arena, record)) == NULL)
		vec_push(reading->arena, reading->passed, item_of(reading->arena, record));
	return true;
}

static int by_score(const void *a, const void *b)
{
	const struct digest_item *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? -1 : 1;
	return x->time_us < y->time_us ? -1 : x->time_us > y->time_us;
}

static int by_falling_score(const void *a, const void *b)
{
	return by_score(b, a);
}

static bool read_all(struct reading *reading, struct store *store, struct store_query query,
                     struct error *err_r)
{
	query.kinds = 1 << RECORD_DISCARDED;
	if (!store_read(store, &query, take_record, reading, err_r))
		return false;
	query.kinds = 1 << RECORD_DELIVERED | 1 << RECORD_FORWARDED | 1 << RECORD_OBSERVED;
	query.tagged_only = true;
	if (!store_read(store, &query, take_record, reading, err_r))
		return false;
	query.kinds = 1 << RECORD_FORWARDED | 1 << RECORD_OBSERVED;
	query.tagged_only = false;
	query.newest_first = true;
	query.limit = PASSED_READ;
	return store_read(store, &query, take_passed, reading, err_r);
}

bool digest_items_read(struct arena *arena, const char *store_uri, struct str account,
                       int64_t since_us, struct digest_items *items_r,
                       struct digest_items *passed_r, struct error *err_r)
{
	struct reading reading = {
		.arena = arena,
		.seen = map_new(arena, MAP_EXACT),
		.items = items_r,
		.passed = passed_r,
	};
	struct store_query query = {
		.account = arena_cstr(arena, account),
		.since_us = since_us,
	};
	struct store *store = store_open_reader(store_uri, err_r);
	bool ok = store != NULL && read_all(&reading, store, query, err_r);

	if (store != NULL)
		store_close(store);
	if (items_r->len > 0)
		qsort(items_r->items, items_r->len, sizeof(*items_r->items), by_score);
	if (passed_r->len > 0)
		qsort(passed_r->items, passed_r->len, sizeof(*passed_r->items), by_falling_score);
	return ok;
}
