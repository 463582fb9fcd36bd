/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What this process has done, counted. Counting is a few additions without a lock; what is read at
 * the same time may have one message half counted. Thread-safe.
 */
#ifndef MILTER_STATISTICS_H
#define MILTER_STATISTICS_H

#include "control/status.h"
#include "milter/action_name.h"
#include "milter/overload_limit.h"

/* A message that has its answer. */
struct statistics_message {
	enum listener_role role;
	enum action_kind action;
	uint64_t bytes;                /* of the message, as it came */
	int64_t took_us;               /* from its end to the answer; not of ACTION_TEMPFAIL */
	const struct str_list *limits; /* names of those that it reached, or NULL */
};
void statistics_count(const struct statistics_message *message);
/* A message that was turned away, or not scanned, for such a limit. */
void statistics_count_overload(enum overload_limit limit);

/* Fills what is about messages; in the arena. */
void statistics_read(struct arena *arena, struct status *status);

#endif
