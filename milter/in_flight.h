/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counts the callbacks in flight, which use the policy and the store, so that the end of the
 * program can wait for them: libmilter can't stop while sessions are open without freeing what
 * their threads still use, so it isn't asked to. Thread-safe; nothing fails.
 */
#ifndef MILTER_IN_FLIGHT_H
#define MILTER_IN_FLIGHT_H

#include <stddef.h>

#include "base/deadline.h"

/* Before using policy or store. Once closed, the caller sleeps until the process ends. */
void in_flight_enter(void);
/* The same for callers that must not wait: false once closed. */
bool in_flight_try_enter(void);
void in_flight_leave(void);

/* Messages between MAIL FROM and their end. */
void in_flight_message_begins(void);
void in_flight_message_ends(void);
/* It didn't come, or begins again elsewhere. */
void in_flight_message_leaves(void);

/* How many there are now, and how many have ended so far. */
size_t in_flight_messages(void);
size_t in_flight_messages_ended(void);

/* Waits until no message is under way, at most until the deadline. */
void in_flight_wait_for_messages(struct deadline deadline);
/* Lets no callback begin any more and waits for those in flight; false if some are left at the
 * deadline. */
bool in_flight_close(struct deadline deadline);

#endif
