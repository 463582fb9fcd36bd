/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether the wall clock can be believed by whoever removes what is old: one that has jumped may be
 * put right again, and what it made old would be gone for good. Zeroed at first; used by one thread
 * at a time.
 */
#ifndef BASE_CLOCK_WATCH_H
#define BASE_CLOCK_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct clock_watch {
	int64_t offset_us;         /* from the monotonic clock at the last look; or 0 */
	int64_t distrust_until_us; /* by the monotonic clock */
};

/*
 * `now_us` since 1970. False where the clock has jumped by an hour or more since the last call, and
 * for a day from then on; a jump is logged, with `what` is not removed meanwhile: "store: records".
 */
bool clock_watch_is_steady(struct clock_watch *watch, int64_t now_us, const char *what);

#endif
