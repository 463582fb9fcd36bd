/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/in_flight.h"

#include <unistd.h>

#include "base/condition.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static size_t inside;
static size_t messages;
static size_t ended;
static bool closed;

bool in_flight_try_enter(void)
{
	bool entered;

	pthread_mutex_lock(&lock);
	entered = !closed;
	if (entered)
		inside++;
	pthread_mutex_unlock(&lock);
	return entered;
}

void in_flight_enter(void)
{
	if (in_flight_try_enter())
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

void in_flight_leave(void)
{
	pthread_mutex_lock(&lock);
	leave(&inside);
	pthread_mutex_unlock(&lock);
}

void in_flight_message_begins(void)
{
	pthread_mutex_lock(&lock);
	messages++;
	pthread_mutex_unlock(&lock);
}

void in_flight_message_ends(void)
{
	pthread_mutex_lock(&lock);
	ended++;
	leave(&messages);
	pthread_mutex_unlock(&lock);
}

void in_flight_message_leaves(void)
{
	pthread_mutex_lock(&lock);
	leave(&messages);
	pthread_mutex_unlock(&lock);
}

size_t in_flight_messages(void)
{
	size_t count;

	pthread_mutex_lock(&lock);
	count = messages;
	pthread_mutex_unlock(&lock);
	return count;
}

size_t in_flight_messages_ended(void)
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
	while (*counter > 0) {
		if (!condition_wait(&changed, &lock, deadline))
			break;
	}
	return *counter == 0;
}

void in_flight_wait_for_messages(struct deadline deadline)
{
	pthread_mutex_lock(&lock);
	wait_for_zero(&messages, deadline);
	pthread_mutex_unlock(&lock);
}

bool in_flight_close(struct deadline deadline)
{
	bool empty;

	pthread_mutex_lock(&lock);
	closed = true;
	empty = wait_for_zero(&inside, deadline);
	pthread_mutex_unlock(&lock);
	return empty;
}
