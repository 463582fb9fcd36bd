/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A moment on the monotonic clock by which work has to end. A plain value; thread-safe. */
#ifndef BASE_DEADLINE_H
#define BASE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct deadline {
	int64_t at_us; /* CLOCK_MONOTONIC, microseconds */
};

struct deadline deadline_in_ms(int64_t ms);
/* A deadline that never passes. */
struct deadline deadline_never(void);
struct deadline deadline_earlier(struct deadline a, struct deadline b);
bool deadline_passed(struct deadline deadline);
/* Milliseconds left, rounded up; 0 once it has passed. */
int64_t deadline_left_ms(struct deadline deadline);

#endif
