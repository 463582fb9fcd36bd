/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/turns.h"

#include <assert.h>
#include <stdlib.h>

#include "base/condition.h"
#include "base/memory.h"

struct turns {
	pthread_mutex_t lock;
	pthread_cond_t given;
	unsigned left;
	unsigned count;
};

struct turns *turns_new(unsigned count)
{
	struct turns *turns = memory_calloc(1, sizeof(*turns));

	turns->left = turns->count = count > 0 ? count : 1;
	pthread_mutex_init(&turns->lock, NULL);
	pthread_cond_init(&turns->given, NULL);
	return turns;
}

void turns_free(struct turns *turns)
{
	if (turns == NULL)
		return;
	assert(turns->left == turns->count);
	pthread_cond_destroy(&turns->given);
	pthread_mutex_destroy(&turns->lock);
	free(turns);
}

bool turn_take(struct turn *turn, struct turns *turns, struct deadline deadline)
{
	bool waits = true;

	turn->turns = NULL;
	pthread_mutex_lock(&turns->lock);
	while (turns->left == 0 && waits)
		waits = condition_wait(&turns->given, &turns->lock, deadline);
	if (turns->left > 0) {
		turns->left--;
		turn->turns = turns;
	}
	pthread_mutex_unlock(&turns->lock);
	return turn->turns != NULL;
}

void turn_give(struct turn *turn)
{
	struct turns *turns = turn->turns;

	if (turns == NULL)
		return;
	turn->turns = NULL;
	pthread_mutex_lock(&turns->lock);
	turns->left++;
	pthread_mutex_unlock(&turns->lock);
	/* Behind it, or the thread that wakes finds the lock taken and sleeps again. */
	pthread_cond_signal(&turns->given);
}
