/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two things that libmilter does not do for its threads. Both by workers_create(), which
 * it calls in place of pthread_create(); other callers get what they always got.
 *
 * Where the system refuses a thread, libmilter forgets the connection that it was for: that is
 * neither served nor closed any more. Here it is taken on for later, until there is room.
 *
 * libmilter takes a thread for idle until that has woken up, so it may count on one for several
 * connections; while that one waits, the others do. So whoever waits for long adds a thread.
 */
#ifndef MILTER_WORKERS_H
#define MILTER_WORKERS_H

#include <pthread.h>

#include "base/error.h"

/* Before libmilter runs. What it starts goes on until the end of the process. */
bool workers_start(struct error *err_r);

/* As pthread_create(), but for libmilter. */
int workers_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
                   void *(*run)(void *), void *restrict argument);

/* One more, which ends when there is nothing to do for it. Nothing is done where libmilter has no
 * pool of threads. Thread-safe. */
void workers_add(void);

#endif
