/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How many connections may be accepted: as many as leave descriptors for everything else (the
 * store, the DNS, rules and maps at a reload). Others, and those that can't be accepted, wait in
 * the system's queue until one ends; libmilter would ask again at once, thousands of times a
 * second, or give up for ever. The log says when that begins and ends. For the thread that accepts.
 */
#ifndef MILTER_ADMISSION_H
#define MILTER_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>

/* Reads the process's limits, and raises that of descriptors as far as it may; before the first
 * connection. */
void admission_init(void);
/* How many connections they leave room for. */
size_t admission_max(void);

/* Whether one more may be accepted. If not, errno is EAGAIN. */
bool admission_open(void);
/* Called when accepting failed, with `reason` as errno. Returns the errno to go on with. */
int admission_failed(int reason);
/* After one of these: how long it is no use to try again, in milliseconds; 0: it may be at once. */
int admission_pause_ms(void);
void admission_succeeded(void);

#endif
