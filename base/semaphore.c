/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/semaphore.h"

#include <assert.h>
#include <stdlib.h>

#include "base/condition.h"
#include "base/memory.h"

/* One that waits, on its thread's stack. A permit is handed to the first of them: whoever comes
 * later doesn't take it away, however busy it is. */
struct waiter {
	struct waiter *next;
	pthread_cond_t turn;
	bool has_permit;
};

struct semaphore {
	pthread_mutex_t lock;
	struct waiter *first, **last;
	unsigned left;
	unsigned count;
	unsigned waiting;
};

struct semaphore *semaphore_new(unsigned count)
{
	struct semaphore *semaphore = memory_calloc(1, sizeof(*semaphore));

	semaphore->left = semaphore->count = count > 0 ? count : 1;
	pthread_mutex_init(&semaphore->lock, NULL);
	semaphore->last = &semaphore->first;
	return semaphore;
}

void semaphore_free(struct semaphore *semaphore)
{
	if (semaphore == NULL)
		return;
	assert(semaphore->left == semaphore->count);
	pthread_mutex_destroy(&semaphore->lock);
	free(semaphore);
}

/* The lock is held. */
static void leave_queue(struct semaphore *semaphore, struct waiter *waiter)
{
	struct waiter **link = &semaphore->first;

	while (*link != waiter)
		link = &(*link)->next;
	*link = waiter->next;
	if (semaphore->last == &waiter->next)
		semaphore->last = link;
	semaphore->waiting--;
}

/* The lock is held. */
static bool wait_for_turn(struct semaphore *semaphore, struct deadline deadline)
{
	struct waiter waiter = { .turn = PTHREAD_COND_INITIALIZER };
	bool waits = true;

	*semaphore->last = &waiter;
	semaphore->last = &waiter.next;
	semaphore->waiting++;
	while (!waiter.has_permit && waits)
		waits = condition_wait(&waiter.turn, &semaphore->lock, deadline);
	if (!waiter.has_permit)
		leave_queue(semaphore, &waiter);
	pthread_cond_destroy(&waiter.turn);
	return waiter.has_permit;
}

bool semaphore_acquire(struct semaphore_permit *permit, struct semaphore *semaphore,
                       struct deadline deadline)
{
	bool acquired;

	pthread_mutex_lock(&semaphore->lock);
	acquired = semaphore->left > 0;
	if (acquired)
		semaphore->left--;
	else if (!deadline_passed(deadline))
		acquired = wait_for_turn(semaphore, deadline);
	pthread_mutex_unlock(&semaphore->lock);
	permit->semaphore = acquired ? semaphore : NULL;
	return acquired;
}

void semaphore_count(struct semaphore *semaphore, struct semaphore_counts *counts_r)
{
	pthread_mutex_lock(&semaphore->lock);
	counts_r->permits = semaphore->count;
	counts_r->taken = semaphore->count - semaphore->left;
	counts_r->waiting = semaphore->waiting;
	pthread_mutex_unlock(&semaphore->lock);
}

void semaphore_release(struct semaphore_permit *permit)
{
	struct semaphore *semaphore = permit->semaphore;
	struct waiter *waiter;

	if (semaphore == NULL)
		return;
	permit->semaphore = NULL;
	pthread_mutex_lock(&semaphore->lock);
	waiter = semaphore->first;
	if (waiter == NULL) {
		semaphore->left++;
	} else {
		leave_queue(semaphore, waiter);
		waiter->has_permit = true;
		/* With the lock: after it, the waiter may be gone. */
		pthread_cond_signal(&waiter->turn);
	}
	pthread_mutex_unlock(&semaphore->lock);
}
