/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/keepalive.h"

#include <pthread.h>
#include <string.h>

#include "base/condition.h"
#include "milter/workers.h"

#define PERIOD_MS 5000
/* How often to check whether messages hold threads; a part of the period. */
#define TICK_MS 1000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static struct keepalive *messages;
static pthread_t thread;
static bool stopping;

void keepalive_begin(struct keepalive *message, SMFICTX *ctx)
{
	message->ctx = ctx;
	message->since_us = clock_monotonic_us();
	pthread_mutex_lock(&lock);
	message->next = messages;
	message->link = &messages;
	if (messages != NULL)
		messages->link = &message->next;
	messages = message;
	pthread_mutex_unlock(&lock);
}

void keepalive_end(struct keepalive *message)
{
	pthread_mutex_lock(&lock);
	*message->link = message->next;
	if (message->next != NULL)
		message->next->link = message->link;
	pthread_mutex_unlock(&lock);
}

/*
 * The lock is held while a few bytes are written, so that the message can't end meanwhile. The MTA
 * is waiting and has been sent nothing else, so there is room for them.
 */
static void tell_all(void)
{
	int64_t before = clock_monotonic_us() - INT64_C(1000) * PERIOD_MS;

	for (struct keepalive *message = messages; message != NULL; message = message->next) {
		if (message->since_us <= before)
			smfi_progress(message->ctx);
	}
}

static bool some_take_long(void)
{
	int64_t before = clock_monotonic_us() - INT64_C(1000) * TICK_MS;

	for (struct keepalive *message = messages; message != NULL; message = message->next) {
		if (message->since_us <= before)
			return true;
	}
	return false;
}

static void *run(void *unused)
{
	struct deadline period = deadline_in_ms(PERIOD_MS);

	pthread_mutex_lock(&lock);
	while (!stopping) {
		if (condition_wait(&wake, &lock, deadline_in_ms(TICK_MS)))
			continue;
		if (some_take_long())
			workers_add();
		if (deadline_passed(period)) {
			tell_all();
			period = deadline_in_ms(PERIOD_MS);
		}
	}
	pthread_mutex_unlock(&lock);
	return unused;
}

bool keepalive_start(struct error *err_r)
{
	int failure;

	failure = pthread_create(&thread, NULL, run, NULL);
	if (failure != 0)
		return error_set(err_r, "can't start the keep-alive thread: %s", strerror(failure));
	return true;
}

void keepalive_stop(void)
{
	pthread_mutex_lock(&lock);
	stopping = true;
	pthread_cond_signal(&wake);
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL);
}
