/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a piece of work costs this thread: instructions where the kernel lets them be counted, else
 * nanoseconds of processor time. One thread.
 */
#ifndef UPDATE_CANARY_METER_H
#define UPDATE_CANARY_METER_H

#include <stdbool.h>
#include <stdint.h>

struct canary_meter {
	int fd; /* -1: processor time */
};

struct canary_meter canary_meter_open(void);
void canary_meter_close(struct canary_meter *meter);
/* Grows while this thread works. */
int64_t canary_meter_read(const struct canary_meter *meter);

#endif
