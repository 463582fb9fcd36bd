/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/arrivals.h"

#include <pthread.h>

#include "base/deadline.h"

/* Of what is forgotten at once. */
#define SLICE_US INT64_C(128000)
#define SLICES   8

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	uint32_t number; /* of the slice of time, from 1; as arrival */
	size_t count;
} slices[SLICES];

static uint32_t slice_now(void)
{
	return (uint32_t)(clock_monotonic_us() / SLICE_US) + 1;
}

arrival arrivals_begin(void)
{
	uint32_t now = slice_now(), at = now % SLICES;

	pthread_mutex_lock(&lock);
	if (slices[at].number != now) {
		slices[at].number = now;
		slices[at].count = 0;
	}
	slices[at].count++;
	pthread_mutex_unlock(&lock);
	return now;
}

void arrivals_end(arrival *begun)
{
	uint32_t at = *begun % SLICES;

	if (*begun == 0)
		return;
	pthread_mutex_lock(&lock);
	if (slices[at].number == *begun)
		slices[at].count--;
	pthread_mutex_unlock(&lock);
	*begun = 0;
}

size_t arrivals_count(void)
{
	uint32_t now = slice_now();
	size_t count = 0;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < SLICES; i++)
		count += now - slices[i].number < SLICES ? slices[i].count : 0;
	pthread_mutex_unlock(&lock);
	return count;
}
