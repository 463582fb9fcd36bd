/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keeps what strangers can cause from filling the log: one line per interval, which says how many
 * were left out since the last. A static object for each kind of line. Thread-safe.
 */
#ifndef BASE_LOG_LIMIT_H
#define BASE_LOG_LIMIT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Zeroed but for the interval. */
struct log_limit {
	int64_t interval_us;
	_Atomic int64_t next_us; /* monotonic clock; 0: none was logged */
	atomic_uint left_out;
};

/* Whether this one may be logged; `left_out_r`: how many couldn't since the last. */
bool log_limit_pass(struct log_limit *limit, unsigned *left_out_r);

#endif
