/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moments to come, the next one first: a heap of timers that live in other objects. For one thread.
 */
#ifndef FACTS_DNS_TIMERS_H
#define FACTS_DNS_TIMERS_H

#include <stddef.h>
#include <stdint.h>

struct dns_timer {
	int64_t at_us; /* on the monotonic clock */
	size_t place;  /* in the heap, from 1; 0: not set */
};

struct dns_timers {
	struct dns_timer **heap;
	size_t count, room;
};

/* Sets it, also where it is set already. */
void dns_timers_set(struct dns_timers *timers, struct dns_timer *timer, int64_t at_us);
/* One that isn't set stays so. */
void dns_timers_clear(struct dns_timers *timers, struct dns_timer *timer);
/* The earliest, or NULL. */
struct dns_timer *dns_timers_first(const struct dns_timers *timers);
/* Frees the heap, not the timers. */
void dns_timers_free(struct dns_timers *timers);

#endif
