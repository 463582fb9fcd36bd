/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where connections are as long as they have no message: one thread, libmilter's own that accepts,
 * answers the negotiation and waits for MAIL FROM on all of them at once. Then libmilter gets the
 * connection, as if it were new, and gives it back after the message. So what is idle, or sends a
 * byte a second, costs no thread and nothing of libmilter's lists; and mail that comes beyond a
 * limit is turned away for the price of a few system calls.
 */
#ifndef MILTER_RECEPTION_H
#define MILTER_RECEPTION_H

#include <stdbool.h>

#include "base/error.h"
#include "milter/service.h"

/* From now on connections are taken here. Only where libmilter_calls_check() is content. False:
 * libmilter goes on to take them by itself. The service must live as long as the process. */
bool reception_start(const struct service *service, struct error *err_r);
/* Whether it is at work. Thread-safe. */
bool reception_runs(void);

/* These two are for the thread that accepts. Waits until libmilter is to get a connection: 1, or 0
 * where none is by then. */
int reception_wait(int timeout_ms);
/* That connection; -1 with errno EAGAIN where there is none. */
int reception_take(void);

#endif
