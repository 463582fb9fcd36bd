/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time and program with which a line of syslog begins. Pure but for the time zone. */
#ifndef HEALTH_LOG_TIME_H
#define HEALTH_LOG_TIME_H

#include "base/str.h"

/*
 * Takes "Nov 30 23:14:09 HOST PROGRAM[PID]: ", or "2026-11-30T23:14:09.123+01:00 …", off the line;
 * the host may be missing. Without a year it is the last such time before now_s, give or take a
 * day. False where it doesn't begin so.
 */
bool log_time_take(struct str *line, int64_t now_s, int64_t *time_s_r, struct str *program_r);

#endif
