/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long a store that failed is left alone. Pure; thread-safe. */
#ifndef STORE_BACKOFF_H
#define STORE_BACKOFF_H

#include <stdint.h>

#define BACKOFF_MAX_US 30000000

/* Microseconds, after it was left alone for `before_us` (0: it worked). */
int64_t backoff_next(int64_t before_us);

#endif
