/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/condition.h"

#define US_PER_SECOND 1000000

bool condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, struct deadline deadline)
{
	const struct timespec until = { .tv_sec = (time_t)(deadline.at_us / US_PER_SECOND),
		                        .tv_nsec = (long)(deadline.at_us % US_PER_SECOND) * 1000 };

	if (deadline.at_us == deadline_never().at_us)
		return pthread_cond_wait(condition, lock) == 0;
	return pthread_cond_clockwait(condition, lock, CLOCK_MONOTONIC, &until) == 0;
}
