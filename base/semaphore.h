/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A counting semaphore with deadlines, for work that takes memory and processor time: at most so
 * many threads do it at a time, the others wait, and their turn comes in the order in which they
 * came. The semaphore is shared by threads, a permit is used by one at a time.
 */
#ifndef BASE_SEMAPHORE_H
#define BASE_SEMAPHORE_H

#include "base/deadline.h"

struct semaphore;

struct semaphore_permit {
	struct semaphore *semaphore; /* NULL: none, or it was released */
};

/* So many at a time, at least 1. */
struct semaphore *semaphore_new(unsigned count);
/* All permits must have been released. NULL is allowed. */
void semaphore_free(struct semaphore *semaphore);

struct semaphore_counts {
	unsigned permits; /* in all */
	unsigned taken;
	unsigned waiting; /* threads that wait for one */
};
void semaphore_count(struct semaphore *semaphore, struct semaphore_counts *counts_r);

/* Waits for a permit; false without one, where the deadline came first. */
bool semaphore_acquire(struct semaphore_permit *permit, struct semaphore *semaphore,
                       struct deadline deadline);
/* Gives the permit back, if there is one. */
void semaphore_release(struct semaphore_permit *permit);

#endif
