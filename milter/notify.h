/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tells systemd our state (sd_notify(3)): one datagram to the socket named in the environment. It
 * needs no libsystemd, and without a socket nothing happens. Thread-safe after notify_open().
 */
#ifndef MILTER_NOTIFY_H
#define MILTER_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* Reads the environment, and takes the names out of it, so that no child inherits them. */
void notify_open(void);
/* Sends lines "NAME=VALUE"; it is no error if nobody listens. Where nobody reads, it waits for two
 * seconds and goes on without. */
void notify_send(const char *lines);
/* How often notify_send("WATCHDOG=1") is wanted, in milliseconds: half of what systemd allows;
 * -1 where it doesn't watch. */
int notify_watchdog_ms(void);

#endif
