/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bounces on their way back: recipients in our SRS domain are replaced by the original senders;
 * those that are forged or too old are refused while the client is still connected. Within one
 * session, so one thread at a time; the policy is pinned for a call only.
 */
#ifndef MILTER_BOUNCE_H
#define MILTER_BOUNCE_H

#include <libmilter/mfapi.h>

#include "milter/session_private.h"

/* True where the current policy rewrites senders, so that RCPT has to be answered. */
bool bounce_expected(const struct service *service);

/*
 * SMFIS_REJECT with the reply set where an SRS recipient must not be accepted, SMFIS_TEMPFAIL where
 * that can't be told for now; else SMFIS_CONTINUE, and *reversed_r is where the message has to go
 * instead, or empty. If look-up tables of the MTA do all of it, only *reversed_r is set.
 */
sfsistat bounce_check_recipient(SMFICTX *ctx, const struct service *service,
                                const struct session *session, struct str address,
                                struct str *reversed_r);

/*
 * At the end of message: replaces the recipients that are not dropped. Returns how many the MTA
 * didn't let us replace.
 */
size_t bounce_redirect(SMFICTX *ctx, const struct session *session, const struct verdict *verdict);

#endif
