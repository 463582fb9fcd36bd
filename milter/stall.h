/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What threads are at, and since when, so that a stall can be told: each thread that works on a
 * message, reloads or answers on the control socket has a slot on its stack, and says what it does.
 * Thread-safe; it costs some nanoseconds.
 */
#ifndef MILTER_STALL_H
#define MILTER_STALL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct stall_slot {
	struct stall_slot *next, **link;
	const char *_Atomic what; /* a literal */
	_Atomic int64_t since_us; /* monotonic clock */
	_Atomic int64_t most_us;  /* how long that may take */
	atomic_bool told;
	pid_t thread;
	char id[64]; /* the message's queue id, or empty; not changed while it is in the list */
};

/* The thread begins something; `slot` stays until stall_end(). `id` may be NULL. */
void stall_begin(struct stall_slot *slot, const char *what, int64_t most_ms, const char *id);
/* It goes on to the next thing. */
void stall_step(struct stall_slot *slot, const char *what, int64_t most_ms);
void stall_end(struct stall_slot *slot);

/* Logs what takes longer than it may, once each, with the thread's id and with where all others
 * are. Returns how many stand still. */
size_t stall_check(void);

#endif
