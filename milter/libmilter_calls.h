/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The C library's functions that are ours in the whole process, for libmilter's sake: the dynamic
 * linker prefers a program's own functions to a library's. All of them are in this file, and each
 * leaves alone whatever isn't libmilter's:
 *
 *	read, poll, writev, close: libmilter_io.h, for its connections
 *	accept, accept4, poll: reception.h and listener.h, for its listening descriptor
 *	pthread_create: workers.h, for its threads
 *	sigwait: gives it no signal; nothing else in this program calls it
 *
 * Whether libmilter calls these and no others is found out at its start. A version that does
 * otherwise is served as it is, without what they are good for.
 */
#ifndef MILTER_LIBMILTER_CALLS_H
#define MILTER_LIBMILTER_CALLS_H

#include "base/deadline.h"
#include "base/error.h"

/* Before libmilter runs: makes the connection over which it is asked. */
bool libmilter_calls_prepare(struct error *err_r);

/*
 * Once it runs: has a session with it, as an MTA, until the deadline. False, with a line in the
 * log, where its calls don't arrive here; then they are left alone from now on, should some arrive
 * later. Until this returns, nobody else's connection is taken.
 */
bool libmilter_calls_check(struct deadline deadline);
/* After that: whether libmilter answered the negotiation as reception.h would. */
bool libmilter_calls_agree(void);

#endif
