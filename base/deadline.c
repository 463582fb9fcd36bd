/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/deadline.h"

#define US_PER_SECOND 1000000

int64_t clock_monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000;
}

int64_t clock_monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_thread_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000;
}

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

struct timespec deadline_timespec(struct deadline deadline)
{
	return (struct timespec){ .tv_sec = (time_t)(deadline.at_us / US_PER_SECOND),
		                  .tv_nsec = (long)(deadline.at_us % US_PER_SECOND) * 1000 };
}
