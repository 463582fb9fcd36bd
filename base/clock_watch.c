/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock_watch.h"

#include <stddef.h>

#include "base/deadline.h"
#include "base/log.h"

#define HOUR_US (3600 * INT64_C(1000000))

bool clock_watch_is_steady(struct clock_watch *watch, int64_t now_us, const char *what)
{
	int64_t monotonic_us = clock_monotonic_us(), offset_us = now_us - monotonic_us;
	int64_t jump_us = offset_us - watch->offset_us;

	if (watch->offset_us != 0 && (jump_us >= HOUR_US || jump_us <= -HOUR_US)) {
		watch->distrust_until_us = monotonic_us + 24 * HOUR_US;
		log_warning(NULL,
		            "%s are not removed for their age until the clock, which has jumped by "
		            "%lld hours, has been steady for a day",
		            what, (long long)(jump_us / HOUR_US));
	}
	watch->offset_us = offset_us;
	return monotonic_us >= watch->distrust_until_us;
}
