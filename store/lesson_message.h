/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a message to what is learned of it. Pure; results in the arena.
 */
#ifndef STORE_LESSON_MESSAGE_H
#define STORE_LESSON_MESSAGE_H

#include "scoring/assay.h"
#include "store/lesson_row.h"

/*
 * What makes a message the same as another: Message-ID, Date, From, Subject without our tag, and
 * body. It may have travelled by other ways, or been delivered and read since. LESSON_MESSAGE_SIZE
 * - 1 digits; empty where they can't be computed.
 */
struct str lesson_message_identity(struct arena *arena, const struct policy *policy,
                                   const struct message *message);

/* The row of a message that was scored, whose input had a key in `learned`; label, source and time
 * are the caller's. False where its features are not known: it was not scanned. */
bool lesson_message_row(struct arena *arena, const struct policy *policy, const struct assay *assay,
                        struct lesson_row *row_r);

#endif
