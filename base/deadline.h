/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A moment on the monotonic clock by which work has to end. A plain value; thread-safe. */
#ifndef BASE_DEADLINE_H
#define BASE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct deadline {
	int64_t at_us; /* CLOCK_MONOTONIC, microseconds */
};

/* Microseconds, and nanoseconds, on the monotonic clock. */
int64_t clock_monotonic_us(void);
int64_t clock_monotonic_ns(void);
/* Microseconds of processor time of this thread. */
int64_t clock_thread_us(void);
struct deadline deadline_in_ms(int64_t ms);
/* A deadline that never passes. */
struct deadline deadline_never(void);
struct deadline deadline_earlier(struct deadline a, struct deadline b);
bool deadline_passed(struct deadline deadline);
/* Milliseconds left, rounded up; 0 once it has passed. */
int64_t deadline_left_ms(struct deadline deadline);
/* For pthread_cond_timedwait() on a condition with CLOCK_MONOTONIC. */
struct timespec deadline_timespec(struct deadline deadline);

#endif
