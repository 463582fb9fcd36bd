/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/naps.h"

#include <stdint.h>

#include "base/deadline.h"
#include "milter/pool_poll.h"

#define NAP_US INT64_C(4000000)
/* Of those that are over so soon, all are taken at once. */
#define TOGETHER_US INT64_C(100000)

/* Each descriptor is here once at most. */
static struct {
	int fd;
	int64_t until_us;
} naps[POOL_POLL_DESCRIPTORS];
static unsigned begun, ended;

void naps_add(int fd)
{
	unsigned at = begun++ % POOL_POLL_DESCRIPTORS;

	naps[at].fd = fd;
	naps[at].until_us = clock_monotonic_us() + NAP_US;
}

int naps_wait_ms(int limit_ms)
{
	int64_t left_ms;

	if (begun == ended)
		return limit_ms;
	left_ms =
		(naps[ended % POOL_POLL_DESCRIPTORS].until_us - clock_monotonic_us() + 999) / 1000;
	if (left_ms < 0)
		return 0;
	return left_ms < limit_ms ? (int)left_ms : limit_ms;
}

int naps_take(void)
{
	if (begun == ended ||
	    naps[ended % POOL_POLL_DESCRIPTORS].until_us > clock_monotonic_us() + TOGETHER_US)
		return -1;
	return naps[ended++ % POOL_POLL_DESCRIPTORS].fd;
}
