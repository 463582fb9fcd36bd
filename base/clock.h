/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What time it is. Thread-safe. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Microseconds, and nanoseconds, on the monotonic clock, which nobody sets. */
int64_t clock_monotonic_us(void);
int64_t clock_monotonic_ns(void);
/* Microseconds of processor time of this thread. */
int64_t clock_thread_us(void);
/* Microseconds since 1970, as records have them; an administrator may set that clock back. */
int64_t clock_wall_us(void);

#endif
