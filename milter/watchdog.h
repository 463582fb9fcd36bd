/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The thread that looks whether the others go on (stall.h), and tells systemd so (WatchdogSec=).
 * One message that stands still is logged, and the others go on; where none ends any more, systemd
 * isn't told, and starts the filter anew. For the main thread.
 */
#ifndef MILTER_WATCHDOG_H
#define MILTER_WATCHDOG_H

#include "base/error.h"

bool watchdog_start(struct error *err_r);
/* Systemd isn't told any more; for the end of the program, which has its own time. */
void watchdog_stop(void);

#endif
