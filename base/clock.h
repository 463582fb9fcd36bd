/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clocks that nobody sets. Thread-safe. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Microseconds, and nanoseconds, on the monotonic clock. */
int64_t clock_monotonic_us(void);
int64_t clock_monotonic_ns(void);
/* Microseconds of processor time of this thread. */
int64_t clock_thread_us(void);

#endif
