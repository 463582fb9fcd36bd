/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * srs when-needed: whether the SPF record of a sender's domain lets our own outgoing hosts send for
 * it, in which case a forwarded message may keep its sender. Asks the DNS without a thread of its
 * own, one SPF check for each outgoing address; whatever is not a clear pass from all of them
 * (temperror, a deadline, no network) means that the sender is rewritten.
 */
#ifndef SCORING_SENDER_CHECK_H
#define SCORING_SENDER_CHECK_H

#include "base/deadline.h"
#include "facts/lookups.h"
#include "message/envelope.h"
#include "scoring/policy.h"

struct sender_check;

/*
 * Starts asking, and never blocks. NULL where there is nothing to be asked: SRS is off or always,
 * the sender is null or ours, there are no network tests, or `lookups` is NULL.
 */
struct sender_check *sender_check_start(const struct policy *policy,
                                        const struct envelope *envelope, struct lookups *lookups);

/* True where every address passes; waits until the deadline. Ends the use of `check`; NULL: false.
 */
bool sender_check_passes(struct sender_check *check, struct deadline deadline);

/* True once sender_check_passes() would not wait. Never blocks. */
bool sender_check_done(const struct sender_check *check);

/* Ends the use of `check` without a result. Never blocks; NULL is allowed. */
void sender_check_abandon(struct sender_check *check);

#endif
