/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dns_timers.h"

#include <stdlib.h>

#include "base/memory.h"

static void put(struct dns_timers *timers, struct dns_timer *timer, size_t place)
{
	timers->heap[place - 1] = timer;
	timer->place = place;
}

/* Towards the front while its parent is later. */
static void rise(struct dns_timers *timers, struct dns_timer *timer)
{
	size_t place = timer->place;

	for (; place > 1 && timers->heap[place / 2 - 1]->at_us > timer->at_us; place /= 2)
		put(timers, timers->heap[place / 2 - 1], place);
	put(timers, timer, place);
}

/* Towards the end while one of its children is earlier. */
static void sink(struct dns_timers *timers, struct dns_timer *timer)
{
	size_t place = timer->place, child;

	for (; (child = 2 * place) <= timers->count; place = child) {
		if (child < timers->count &&
		    timers->heap[child]->at_us < timers->heap[child - 1]->at_us)
			child++;
		if (timers->heap[child - 1]->at_us >= timer->at_us)
			break;
		put(timers, timers->heap[child - 1], place);
	}
	put(timers, timer, place);
}

void dns_timers_set(struct dns_timers *timers, struct dns_timer *timer, int64_t at_us)
{
	if (timer->place == 0) {
		if (timers->count == timers->room) {
			timers->room = timers->room > 0 ? 2 * timers->room : 64;
			timers->heap =
				memory_realloc(timers->heap, timers->room * sizeof(*timers->heap));
		}
		timer->place = ++timers->count;
	}
	timer->at_us = at_us;
	rise(timers, timer);
	sink(timers, timer);
}

void dns_timers_clear(struct dns_timers *timers, struct dns_timer *timer)
{
	size_t place = timer->place;
	struct dns_timer *last;

	if (place == 0)
		return;
	timer->place = 0;
	last = timers->heap[--timers->count];
	if (last == timer)
		return;
	put(timers, last, place);
	rise(timers, last);
	sink(timers, last);
}

struct dns_timer *dns_timers_first(const struct dns_timers *timers)
{
	return timers->count > 0 ? timers->heap[0] : NULL;
}

void dns_timers_free(struct dns_timers *timers)
{
	free(timers->heap);
	*timers = (struct dns_timers){ 0 };
}
