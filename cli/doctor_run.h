/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs the checks of `assay doctor` beside one another. One thread; forks. */
#ifndef CLI_DOCTOR_RUN_H
#define CLI_DOCTOR_RUN_H

#include "cli/doctor_check.h"

struct doctor_check {
	const char *name;
	void (*run)(struct doctor *doctor);
	int64_t limit_ms; /* then it is killed, and that is told */
};

/* Each of them in a process of its own; what they find is added in their order. A check that takes
 * longer than its limit, or than `limit_ms` where that is not 0, or that dies, is a finding itself.
 */
void doctor_run(struct doctor *doctor, const struct doctor_check *checks, size_t count,
                int64_t limit_ms);

#endif
