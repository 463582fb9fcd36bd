/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is recorded of a message: one record for each recipient. In the message's arena. */
#ifndef MILTER_RECORDS_H
#define MILTER_RECORDS_H

#include "milter/session_private.h"

/*
 * True where the message (or some of its recipients) may be dropped: nothing is to be dropped, or
 * the records of it are durable. May wait for the store as long as commit_timeout.
 */
bool records_commit_drops(const struct session_ending *ending, struct error *err_r);

/* Queues the records of everything that was not dropped; never waits. */
void records_submit_rest(const struct session_ending *ending);

/*
 * The note that the MTA has its answer about what is dropped, to be queued (recorder_submit_copy())
 * once it has, and not before; NULL if nothing is dropped.
 */
struct entry *records_answered(const struct session_ending *ending);

/* Queues the records of the recipients that the MTA refused; never waits. */
void records_submit_rejected(struct recorder *recorder, const struct session *session);

#endif
