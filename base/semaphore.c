/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/semaphore.h"

#include <assert.h>
#include <stdlib.h>

#include "base/condition.h"
#include "base/memory.h"

struct semaphore {
	pthread_mutex_t lock;
	pthread_cond_t released;
	unsigned left;
	unsigned count;
};

struct semaphore *semaphore_new(unsigned count)
{
	struct semaphore *semaphore = memory_calloc(1, sizeof(*semaphore));

	semaphore->left = semaphore->count = count > 0 ? count : 1;
	pthread_mutex_init(&semaphore->lock, NULL);
	pthread_cond_init(&semaphore->released, NULL);
	return semaphore;
}

void semaphore_free(struct semaphore *semaphore)
{
	if (semaphore == NULL)
		return;
	assert(semaphore->left == semaphore->count);
	pthread_cond_destroy(&semaphore->released);
	pthread_mutex_destroy(&semaphore->lock);
	free(semaphore);
}

bool semaphore_acquire(struct semaphore_permit *permit, struct semaphore *semaphore,
                       struct deadline deadline)
{
	bool waits = true;

	permit->semaphore = NULL;
	pthread_mutex_lock(&semaphore->lock);
	while (semaphore->left == 0 && waits)
		waits = condition_wait(&semaphore->released, &semaphore->lock, deadline);
	if (semaphore->left > 0) {
		semaphore->left--;
		permit->semaphore = semaphore;
	}
	pthread_mutex_unlock(&semaphore->lock);
	return permit->semaphore != NULL;
}

void semaphore_release(struct semaphore_permit *permit)
{
	struct semaphore *semaphore = permit->semaphore;

	if (semaphore == NULL)
		return;
	permit->semaphore = NULL;
	pthread_mutex_lock(&semaphore->lock);
	semaphore->left++;
	pthread_mutex_unlock(&semaphore->lock);
	/* After it, or the thread that wakes finds the lock taken and sleeps again. */
	pthread_cond_signal(&semaphore->released);
}
