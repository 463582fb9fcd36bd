/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Waiting for another thread with a deadline, on a condition of pthread's with its default
 * attributes. The deadline is on the monotonic clock, so setting the time of day changes nothing.
 */
#ifndef BASE_CONDITION_H
#define BASE_CONDITION_H

#include <pthread.h>

#include "base/deadline.h"

/* Like pthread_cond_timedwait(): the caller holds the lock, and looks again afterwards at what it
 * waits for. False where the deadline passed. */
bool condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, struct deadline deadline);

#endif
