/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the checks of `assay doctor` share. Each of them is a function of a file doctor_NAME.c, runs
 * in a process of its own, which is killed where it takes too long, and may block, change its user,
 * or run programs. It changes nothing on the host.
 */
#ifndef CLI_DOCTOR_CHECK_H
#define CLI_DOCTOR_CHECK_H

#include "cli/doctor_finding.h"
#include "control/control_client.h"
#include "scoring/settings.h"
#include "setup/account.h"

struct doctor {
	struct arena *arena;
	const char *path; /* of assay.conf; NULL: there is none */
	struct settings settings;
	bool has_settings; /* false: they can't be read or are wrong, and these are the defaults */

	struct str control;            /* where the filter is asked; empty: nowhere */
	enum control_reach reach;      /* what came of asking it */
	const json_t *status;          /* what it says of itself; NULL: nothing */
	struct error status_error;     /* why not */
	const char *postfix_directory; /* with main.cf; NULL: Postfix's own */
	const char *sendmail_cf;

	const char *check; /* the one that runs */
	struct doctor_findings findings;
};

/* Adds a finding; `mend` is empty where nothing is to be done. */
void doctor_tell(struct doctor *doctor, enum doctor_level level, struct str mend,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* "12 s", "5 min", "3 h", "4 d", and "1.5 GB", in the arena. */
struct str doctor_time(struct doctor *doctor, int64_t seconds);
struct str doctor_size(struct doctor *doctor, int64_t bytes);

/* " -c PATH", for commands to be typed; empty where the configuration is the usual one. */
struct str doctor_conf_option(const struct doctor *doctor);

/* The account of the filter that runs; false where none runs, or whose it is can't be said. */
bool doctor_find_running(struct doctor *doctor, struct account *account_r, struct error *err_r);
/* The account of the filter: that of the one that runs, else `user`, else assay where there is such
 * an account, else ours. */
bool doctor_find_filter(struct doctor *doctor, struct account *account_r, struct error *err_r);
/* Becomes it for good, where we are root: what a check sees from then on is what the filter sees.
 * False where it can't. */
bool doctor_become_filter(struct doctor *doctor, struct error *err_r);
/* The names of the filter's account and of its group, for commands to be typed; assay where nothing
 * says another. */
struct str doctor_filter_user(struct doctor *doctor);
struct str doctor_filter_group(struct doctor *doctor);

/* The checks. */
void doctor_filter(struct doctor *doctor);
void doctor_config(struct doctor *doctor);
void doctor_open(struct doctor *doctor);
void doctor_mta(struct doctor *doctor);
void doctor_keys(struct doctor *doctor);
void doctor_store(struct doctor *doctor);
void doctor_disk(struct doctor *doctor);
void doctor_resolver(struct doctor *doctor);
void doctor_lists(struct doctor *doctor);
void doctor_clock(struct doctor *doctor);
void doctor_rules(struct doctor *doctor);
void doctor_cost(struct doctor *doctor);
void doctor_limits(struct doctor *doctor);

#endif
