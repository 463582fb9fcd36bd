/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock.h"

#include <time.h>

#define NS_PER_SECOND INT64_C(1000000000)

static int64_t read_clock_ns(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

int64_t clock_monotonic_us(void)
{
	return read_clock_ns(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_monotonic_ns(void)
{
	return read_clock_ns(CLOCK_MONOTONIC);
}

int64_t clock_thread_us(void)
{
	return read_clock_ns(CLOCK_THREAD_CPUTIME_ID) / 1000;
}

int64_t clock_wall_us(void)
{
	return read_clock_ns(CLOCK_REALTIME) / 1000;
}
