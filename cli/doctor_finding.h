/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What `assay doctor` finds: a sentence, how bad it is, and the command that mends it. Plain values
 * in an arena, and their JSON, in which a check's own process hands them over. One thread.
 */
#ifndef CLI_DOCTOR_FINDING_H
#define CLI_DOCTOR_FINDING_H

#include <jansson.h>

#include "base/vec.h"

/* Rising. */
enum doctor_level {
	DOCTOR_FINE,
	DOCTOR_UNKNOWN, /* it could not be looked at */
	DOCTOR_HINT,    /* it could be better */
	DOCTOR_WARNING, /* something doesn't work as it should */
	DOCTOR_FAULT,   /* mail isn't filtered, or is at risk */
	DOCTOR_LEVELS
};

/* "ok", "unknown", "hint", "warning", "fault". */
const char *doctor_level_name(enum doctor_level level);

struct doctor_finding {
	enum doctor_level level;
	struct str check; /* that found it */
	struct str text;
	struct str mend; /* a command, or what to write where; empty: nothing is to be done */
};

struct doctor_findings {
	vec_members(struct doctor_finding);
};

/* The worst first, else in the order in which they are. */
void doctor_findings_sort(struct doctor_findings *findings);
/* The highest level that is there. */
enum doctor_level doctor_findings_worst(const struct doctor_findings *findings);

json_t *doctor_findings_json(struct arena *arena, const struct doctor_findings *findings);
/* Adds those that JSON holds; false where it is no such JSON. */
bool doctor_findings_read(struct arena *arena, struct str json, struct doctor_findings *findings);

#endif
