/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time at which a report begins. Pure, except for the clock and the time zone. */
#ifndef CLI_REPORT_SINCE_H
#define CLI_REPORT_SINCE_H

#include "base/str.h"

/* Reads "90s", "30m", "24h" or "7d". */
bool report_read_age(struct str text, int64_t *seconds_r);

/*
 * Reads "90s", "30m", "24h" or "7d" before now, "2026-01-31", "2026-01-31T18:00" or "2026-01-31
 * 18:00" in local time, or "all": microseconds since 1970. False for anything else, including days
 * that the month doesn't have and times that a change of clocks skips.
 */
bool report_read_since(const char *text, int64_t *since_us_r);

#endif
