/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What becomes of mail where there is more of it than can be worked on: those that come beyond a
 * limit are turned away, as early as the MTA was told that it may get such an answer, or (`overload
 * accept`) delivered without a scan.
 *
 * The memory of messages, within max_memory: a message takes its share before it grows, waits where
 * there is none, at most as long as scan_timeout in all, and is abandoned then: answered with a
 * temporary failure, or scored by what it has. For the thread that works on the session.
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

/* What a message is answered that is turned away. */
#define OVERLOAD_CODE   "451"
#define OVERLOAD_STATUS "4.3.2"
#define OVERLOAD_TEXT   "The mail filter is overloaded, try again later"

/* A connection negotiates: whether its mail may have to be turned away soon, which is to be done
 * before it has come: then MAIL FROM is to be answered. */
bool overload_is_near(const struct policy *policy, int connection);
/* Outside of a session, MAIL FROM has come: true where it is to be answered by the above; that is
 * counted then, for the listener that the MTA's macro {daemon_name} tells. */
bool overload_turn_away(const struct policy *policy, int connection, struct str daemon_name);

/* A message comes to its end: false where it has to be answered by overload_refuse(); or the input
 * is to say that it isn't scanned. */
bool overload_find_place(const struct policy *policy, struct session *session,
                         struct assay_input *input);

/* The answer to a message that was abandoned, with its line in the log. */
sfsistat overload_refuse(SMFICTX *ctx, const struct session *session, const struct policy *policy);
/* The answer to MAIL FROM: one that turns it away only where an answer was negotiated, and it isn't
 * known yet that there is room for it. Nothing is
 * known of the message yet, so the log has no line of its own for it; the MTA's has. */
sfsistat overload_answer_mail(SMFICTX *ctx, struct session *session, const struct policy *policy);

#endif
