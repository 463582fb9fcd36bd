/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of the clock, and what it says. Pure. */
#ifndef CLI_DOCTOR_CLOCK_H
#define CLI_DOCTOR_CLOCK_H

#include "cli/doctor_check.h"

struct doctor_clock_facts {
	bool kept;        /* the kernel says that something keeps the clock right */
	bool elsewhere;   /* the clock is kept, or not, outside of this container */
	bool known;       /* it could be asked */
	int64_t error_us; /* the largest that it may be off, by the kernel; where it is kept */
	int64_t now_s;    /* since 1970 */
	int64_t newest_s; /* the newest thing that was written by this clock, or by others'; 0: none
	                   */
	const char *newest; /* what that is */
};

/* Tells what is wrong. */
void doctor_clock_judge(struct doctor *doctor, const struct doctor_clock_facts *facts);

#endif
