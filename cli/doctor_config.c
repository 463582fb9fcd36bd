/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Would the filter start with its configuration and rules, or take them over at a reload? */
#include "cli/doctor_check.h"
#include "setup/setup.h"

/* More of a kind are counted only. */
#define TOLD_MAX 5

static enum doctor_level level_of(const struct doctor *doctor, enum problem_severity severity)
{
	if (severity == PROBLEM_WARNING)
		return DOCTOR_HINT;
	if (severity == PROBLEM_MISTAKE)
		return DOCTOR_WARNING;
	/* One that runs goes on with what it has. */
	return doctor->status != NULL ? DOCTOR_WARNING : DOCTOR_FAULT;
}

static void tell_kind(struct doctor *doctor, const struct problems *problems,
                      enum problem_severity severity, struct str mend)
{
	const struct problem *problem;
	size_t count = 0;

	vec_foreach (problems, problem) {
		if (problem->severity != severity || ++count > TOLD_MAX)
			continue;
		doctor_tell(doctor, level_of(doctor, severity), mend, "%.*s%s",
		            STR_FMT(problem->text),
		            severity == PROBLEM_ERROR
		                    ? "; the next start, and each reload, fails with this"
		                    : "");
	}
	if (count > TOLD_MAX)
		doctor_tell(doctor, level_of(doctor, severity), mend, "and %zu more",
		            count - TOLD_MAX);
}

void doctor_config(struct doctor *doctor)
{
	struct str mend = arena_printf(doctor->arena, "assay check-config%.*s",
	                               STR_FMT(doctor_conf_option(doctor)));
	struct setup_check check = { 0 };
	struct problems problems;
	struct setup setup;

	problems_init(&problems, doctor->arena);
	if (setup_read(&setup, doctor->arena, doctor->path, &problems))
		check = setup_check(&setup, &problems);
	tell_kind(doctor, &problems, PROBLEM_ERROR, mend);
	tell_kind(doctor, &problems, PROBLEM_MISTAKE, mend);
	tell_kind(doctor, &problems, PROBLEM_WARNING, mend);
	if (check.policy != NULL)
		policy_free(check.policy);
	if (doctor_findings_worst(&doctor->findings) == DOCTOR_FINE)
		doctor_tell(doctor, DOCTOR_FINE, STR(""), "%s and its rules are right",
		            doctor->path != NULL ? doctor->path : "the built-in configuration");
}
