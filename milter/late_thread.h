/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libmilter forgets a connection for whose work it can't start a thread: it is neither served nor
 * closed any more. So where the system refuses one, pthread_create() of late_thread.c, which is
 * called in the place of the C library's, takes it on for later and tries again until there is
 * room. For libmilter's threads only; whoever else asks is told as ever.
 */
#ifndef MILTER_LATE_THREAD_H
#define MILTER_LATE_THREAD_H

#include "base/error.h"

/* Before libmilter runs. What it starts goes on until the end of the process. */
bool late_thread_start(struct error *err_r);

#endif
