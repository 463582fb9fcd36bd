/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/deadline.h"

struct deadline deadline_in_ms(int64_t ms)
{
	return (struct deadline){ clock_monotonic_us() + ms * 1000 };
}

struct deadline deadline_never(void)
{
	return (struct deadline){ INT64_MAX };
}

struct deadline deadline_earlier(struct deadline a, struct deadline b)
{
	return a.at_us < b.at_us ? a : b;
}

bool deadline_passed(struct deadline deadline)
{
	return clock_monotonic_us() >= deadline.at_us;
}

int64_t deadline_left_ms(struct deadline deadline)
{
	int64_t now = clock_monotonic_us();

	return deadline.at_us > now ? (deadline.at_us - now - 1) / 1000 + 1 : 0;
}
