/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tells the MTA of messages whose end takes long (waiting for a scanner, the DNS or the store) that
 * they are being worked on, so that its timer starts again: Postfix and Sendmail give up after five
 * minutes. One thread for all of them. Thread-safe.
 */
#ifndef MILTER_KEEPALIVE_H
#define MILTER_KEEPALIVE_H

#include <libmilter/mfapi.h>

#include "base/error.h"

/* One message at its end, on the stack of the thread that works on it. */
struct keepalive {
	struct keepalive *next, **link;
	SMFICTX *ctx;
	int64_t since_us; /* monotonic clock */
};

bool keepalive_start(struct error *err_r);
void keepalive_stop(void);

/* Between these two, nothing else may be sent to the MTA. */
void keepalive_begin(struct keepalive *message, SMFICTX *ctx);
void keepalive_end(struct keepalive *message);

#endif
