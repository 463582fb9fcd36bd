/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/gate.h"

#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static size_t inside;
static size_t messages;
static size_t ended;
static bool closed;

static void init_condition(void)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&changed, &attributes);
	pthread_condattr_destroy(&attributes);
}

bool gate_try_enter(void)
{
	bool entered;

	pthread_once(&once, init_condition);
	pthread_mutex_lock(&lock);
	entered = !closed;
	if (entered)
		inside++;
	pthread_mutex_unlock(&lock);
	return entered;
}

void gate_enter(void)
{
	if (gate_try_enter())
		return;
	for (;;)
		pause();
}

/* The lock is held. */
static void leave(size_t *counter)
{
	if (--*counter == 0)
		pthread_cond_broadcast(&changed);
}

void gate_leave(void)
{
	pthread_once(&once, init_condition);
	pthread_mutex_lock(&lock);
	leave(&inside);
	pthread_mutex_unlock(&lock);
}

void gate_message_begins(void)
{
	pthread_mutex_lock(&lock);
	messages++;
	pthread_mutex_unlock(&lock);
}

void gate_message_ends(void)
{
	pthread_once(&once, init_condition);
	pthread_mutex_lock(&lock);
	ended++;
	leave(&messages);
	pthread_mutex_unlock(&lock);
}

size_t gate_messages_ended(void)
{
	size_t count;

	pthread_mutex_lock(&lock);
	count = ended;
	pthread_mutex_unlock(&lock);
	return count;
}

/* The lock is held. */
static bool wait_for_zero(const size_t *counter, struct deadline deadline)
{
	struct timespec until = deadline_timespec(deadline);

	while (*counter > 0) {
		if (pthread_cond_timedwait(&changed, &lock, &until) != 0)
			break;
	}
	return *counter == 0;
}

void gate_wait_for_messages(struct deadline deadline)
{
	pthread_once(&once, init_condition);
	pthread_mutex_lock(&lock);
	wait_for_zero(&messages, deadline);
	pthread_mutex_unlock(&lock);
}

bool gate_close(struct deadline deadline)
{
	bool empty;

	pthread_once(&once, init_condition);
	pthread_mutex_lock(&lock);
	closed = true;
	empty = wait_for_zero(&inside, deadline);
	pthread_mutex_unlock(&lock);
	return empty;
}
