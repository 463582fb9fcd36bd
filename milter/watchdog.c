/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/watchdog.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/condition.h"
#include "base/trouble.h"
#include "milter/in_flight.h"
#include "milter/notify.h"
#include "milter/stall.h"

#define CHECK_MS 1000
/* Where threads stand still and no message ends for so long, nothing goes on. */
#define NOTHING_MS (60 * 1000)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static pthread_t thread;
static bool runs, stopping;

static struct trouble standstill = { .name = "stall", .over = "watchdog: all threads go on again" };

struct progress {
	size_t ended;
	struct deadline hopeless; /* unless something ends before */
};

/* Whether systemd is to be told that we live. */
static bool goes_on(struct progress *progress)
{
	size_t still = stall_check(), ended = in_flight_messages_ended();

	if (still > 0)
		trouble_count(&standstill, NULL,
		              "watchdog: %zu threads stand still; the lines before say where, and "
		              "what is at fault there is to be mended",
		              still);
	else
		trouble_end(&standstill);
	if (still == 0 || ended != progress->ended)
		progress->hopeless = deadline_in_ms(NOTHING_MS);
	progress->ended = ended;
	return !deadline_passed(progress->hopeless);
}

static void *run(void *unused)
{
	struct progress progress = { .hopeless = deadline_in_ms(NOTHING_MS) };
	int ping_ms = notify_watchdog_ms();
	bool stop = false;

	while (!stop) {
		if (goes_on(&progress))
			notify_send("WATCHDOG=1");
		pthread_mutex_lock(&lock);
		if (!stopping)
			condition_wait(&wake, &lock,
			               deadline_in_ms(ping_ms > 0 && ping_ms < CHECK_MS
			                                      ? ping_ms
			                                      : CHECK_MS));
		stop = stopping;
		pthread_mutex_unlock(&lock);
	}
	return unused;
}

bool watchdog_start(struct error *err_r)
{
	int failure = pthread_create(&thread, NULL, run, NULL);

	runs = failure == 0;
	return runs || error_set(err_r, "can't start the watchdog's thread: %s", strerror(failure));
}

void watchdog_stop(void)
{
	if (!runs)
		return;
	pthread_mutex_lock(&lock);
	stopping = true;
	pthread_cond_signal(&wake);
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL);
	runs = false;
}
