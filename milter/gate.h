/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counts the callbacks that use the policy and the store, so that the end of the program can wait
 * for them: libmilter can't stop while sessions are open without freeing what their threads still
 * use, so it isn't asked to. Thread-safe; nothing fails.
 */
#ifndef MILTER_GATE_H
#define MILTER_GATE_H

#include <stddef.h>

#include "base/deadline.h"

/* Before using policy or store. Once the gate is closed, the caller sleeps until the process ends.
 */
void gate_enter(void);
/* The same for callers that must not wait: false once the gate is closed. */
bool gate_try_enter(void);
void gate_leave(void);

/* Messages between MAIL FROM and their end. */
void gate_message_begins(void);
void gate_message_ends(void);

/* How many have ended so far. */
size_t gate_messages_ended(void);

/* Waits until no message is under way, at most until the deadline. */
void gate_wait_for_messages(struct deadline deadline);
/* Lets nobody in any more and waits for those inside; false if some are left at the deadline. */
bool gate_close(struct deadline deadline);

#endif
