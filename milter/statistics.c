/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/statistics.h"

#include <stdatomic.h>

#include "message/message_limits.h"
#include "rules/model/hits.h"

#define ROLES       (ROLE_FORWARD + 1)
#define LIMIT_COUNT (MESSAGE_LIMIT_COUNT + HITS_LIMIT_COUNT)

typedef _Atomic uint64_t counter;

static counter actions[ROLES][ACTION_COUNT];
static counter bytes;
static counter scan_buckets[STATUS_SCAN_BUCKETS + 1]; /* the last: longer than all bounds */
static counter scan_us;
static counter limits[LIMIT_COUNT];
static counter overloads[OVERLOAD_LIMIT_COUNT];

static const char *const role_names[ROLES] = { [ROLE_FRONT] = "front", [ROLE_FORWARD] = "forward" };

static void add(counter *to, uint64_t more)
{
	atomic_fetch_add_explicit(to, more, memory_order_relaxed);
}

static uint64_t value(counter *of)
{
	return atomic_load_explicit(of, memory_order_relaxed);
}

static const char *limit_name(size_t i)
{
	if (i < MESSAGE_LIMIT_COUNT)
		return message_limit_name(1u << i);
	return hits_limit_name(1u << (i - MESSAGE_LIMIT_COUNT));
}

static void count_limit(struct str name)
{
	for (size_t i = 0; i < LIMIT_COUNT; i++) {
		if (str_eq(name, str_from(limit_name(i))))
			add(&limits[i], 1);
	}
}

static void count_scan(int64_t took_us)
{
	size_t bucket = 0;

	while (bucket < STATUS_SCAN_BUCKETS && took_us > status_scan_bounds_us[bucket])
		bucket++;
	add(&scan_buckets[bucket], 1);
	add(&scan_us, took_us > 0 ? (uint64_t)took_us : 0);
}

void statistics_count(const struct statistics_message *message)
{
	const struct str *limit;

	add(&actions[message->role][message->action], 1);
	add(&bytes, message->bytes);
	if (message->action != ACTION_TEMPFAIL)
		count_scan(message->took_us);
	if (message->limits == NULL)
		return;
	vec_foreach (message->limits, limit)
		count_limit(*limit);
}

void statistics_count_overload(enum overload_limit limit)
{
	add(&overloads[limit], 1);
}

static void read_overloads(struct arena *arena, struct status *status)
{
	for (size_t i = OVERLOAD_NONE + 1; i < OVERLOAD_LIMIT_COUNT; i++) {
		struct status_count count = {
			.name = str_from(overload_limit_name((enum overload_limit)i)),
			.count = value(&overloads[i]),
		};

		vec_push(arena, &status->overloads, count);
	}
}

static void read_actions(struct arena *arena, struct status *status)
{
	for (size_t role = 0; role < ROLES; role++) {
		for (size_t action = 0; action < ACTION_COUNT; action++) {
			struct status_messages messages = {
				.listener = str_from(role_names[role]),
				.action = str_from(action_name((enum action_kind)action)),
				.count = value(&actions[role][action]),
			};

			vec_push(arena, &status->messages, messages);
		}
	}
}

void statistics_read(struct arena *arena, struct status *status)
{
	read_actions(arena, status);
	read_overloads(arena, status);
	status->bytes = value(&bytes);
	status->scans = 0;
	for (size_t i = 0; i <= STATUS_SCAN_BUCKETS; i++) {
		status->scans += value(&scan_buckets[i]);
		if (i < STATUS_SCAN_BUCKETS)
			status->scans_within[i] = status->scans;
	}
	status->scan_us = value(&scan_us);
	for (size_t i = 0; i < LIMIT_COUNT; i++) {
		struct status_count count = { str_from(limit_name(i)), value(&limits[i]) };

		vec_push(arena, &status->limits, count);
	}
}
