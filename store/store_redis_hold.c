/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Copies of what Redis has acknowledged and may yet lose. They are made before it is sent, compared
 * with what is there after each connecting, once the connection has proved to last, and every hour,
 * and let go when the server confirms that it has them for good, or after a time where it never
 * can. What is missing is handed over again: a record that is there is known.
 */
#include <time.h>

#include "base/deadline.h"
#include "store/store_redis.h"

#define CHECK_US (3600 * INT64_C(1000000))
/* Steps of some hundreds of records between two commits. */
#define STEPS_MAX 4

/* Deliveries are in the MTA's log as well; of what was dropped nobody else knows. */
static bool matters(const struct record *record)
{
	return store_awaits_answer(record) || record->answered || record->retracted ||
	       record->kind == RECORD_OBSERVED;
}

bool store_redis_hold(struct redis_store *s, const struct record *records, size_t count,
                      struct error *err_r)
{
	struct arena *arena;
	struct record *kept;
	size_t len = 0;
	bool ok;

	if (store_redis_is_safe(s))
		return true;
	arena = arena_new();
	kept = arena_calloc(arena, count + 1, sizeof(*kept));
	for (size_t i = 0; i < count; i++)
		if (matters(&records[i]))
			kept[len++] = records[i];
	/* Where there is no room for copies, a server that is safe in itself is enough. */
	ok = len == 0 || journal_append(s->held, kept, len, err_r) || store_redis_is_sound(s);
	arena_free(arena);
	return ok;
}

bool store_redis_hold_one(struct redis_store *s, const struct record *record, struct error *err_r)
{
	return store_redis_is_safe(s) || matters(record) ||
	       journal_append(s->held, record, 1, err_r) || store_redis_is_sound(s);
}

static void begin_check(struct redis_store *s)
{
	s->checking = true;
	s->checked = 0;
	s->check_began_us = clock_monotonic_us();
}

/* All of them are there: on a server that has proved to last, what is older needs no copy. */
static bool end_check(struct redis_store *s)
{
	int64_t lasts_us = s->connected_us + s->settle_us;

	s->checking = false;
	s->settled = s->settled || s->check_began_us >= lasts_us;
	s->check_us = s->settled ? clock_monotonic_us() + CHECK_US : lasts_us;
	return !s->settled || journal_is_empty(s->held) ||
	       journal_forget(s->held, (int64_t)time(NULL) * 1000000 - s->hold_us, &s->error);
}

static bool check_some(struct redis_store *s)
{
	struct arena *arena = arena_new();
	struct journal_records records;
	int64_t position = s->checked;
	bool ok = journal_read(s->held, arena, &position, &records, &s->error) &&
	          (records.len == 0 || store_redis_send(s, records.items, records.len));

	arena_free(arena);
	if (!ok)
		return false;
	s->checked = position;
	return s->checked < journal_size(s->held) || end_check(s);
}

bool store_redis_check_held(struct redis_store *s)
{
	if (!s->checking && clock_monotonic_us() >= s->check_us)
		begin_check(s);
	for (int i = 0; i < STEPS_MAX && s->checking; i++)
		if (!check_some(s))
			return false;
	if (s->checking || !s->settled || journal_is_empty(s->held))
		return true;
	return !store_redis_is_confirmed(s) || journal_clear(s->held, &s->error);
}
