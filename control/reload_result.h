/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a reload of the running filter came to. Pure. */
#ifndef CONTROL_RELOAD_RESULT_H
#define CONTROL_RELOAD_RESULT_H

#include "base/problems.h"

/* What is kept of the problems; the count of errors is that of all. */
#define RELOAD_RESULT_PROBLEMS_MAX 200

struct reload_result {
	bool reloaded;         /* it is in force; else what was before still is */
	struct str why;        /* "SIGHUP", "assay reload", "a forward map changed", … */
	int64_t time_us;       /* when it ended, since 1970 */
	size_t rules, files;   /* of what is in force since, where it was reloaded */
	struct str restart;    /* names of changed settings that only a restart changes */
	size_t errors, others; /* problems that are errors, and those that aren't */
	struct {
		vec_members(struct problem);
	} problems; /* the first ones, errors before the others */
};

/* A copy in the arena. */
struct reload_result reload_result_copy(struct arena *arena, const struct reload_result *result);
/* Takes over, as slices, what `problems` has. */
void reload_result_set_problems(struct reload_result *result, struct arena *arena,
                                const struct problems *problems);

#endif
