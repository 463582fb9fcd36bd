/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The memory of messages, within max_memory: a message takes its share before it grows, waits where
 * there is none, at most as long as scan_timeout in all, and is abandoned then: answered with a
 * temporary failure, or (`overload accept`) scored by what it has. For the thread that works on the
 * session.
 */
#ifndef MILTER_OVERLOAD_H
#define MILTER_OVERLOAD_H

#include <libmilter/mfapi.h>

#include "milter/session_private.h"

/* A message begins: its arena is counted, too. */
void overload_begin(struct session *session, struct budget *memory);
/* It ends, and all that it had is freed. */
void overload_end(struct session *session);

/* Before this many bytes are added to the mail buffer. Where there is no room, the session is given
 * up and keeps nothing more. */
void overload_make_room(struct session *session, size_t more);
/* Before the message is read: false where it has to be answered by overload_refuse(). */
bool overload_make_room_for_scan(struct session *session, struct assay_input *input);

/* The answer to a message that was abandoned, with its line in the log. */
sfsistat overload_refuse(SMFICTX *ctx, const struct session *session);

#endif
