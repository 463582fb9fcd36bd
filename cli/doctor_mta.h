/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the checks of both MTAs share. In the process of the check "mta". */
#ifndef CLI_DOCTOR_MTA_H
#define CLI_DOCTOR_MTA_H

#include "cli/doctor_check.h"
#include "cli/doctor_milters.h"

enum doctor_attached {
	ATTACHED_NO_MTA, /* there is no such MTA here */
	ATTACHED_NOT,
	ATTACHED,
};

/* Each tells what is wrong with an MTA that asks the filter. */
enum doctor_attached doctor_mta_postfix(struct doctor *doctor);
enum doctor_attached doctor_mta_sendmail(struct doctor *doctor);

/* The address of `listen` that a milter's address means, or empty. What is relative is so to
 * `directory`. */
struct str doctor_mta_listens(struct doctor *doctor, struct str milter_address,
                              struct str directory);
/* The path of "unix:PATH" and "local:PATH", whole; else empty. */
struct str doctor_mta_path(struct doctor *doctor, struct str milter_address, struct str directory);

/* Can the account of the MTA connect to the socket? Tells where not. */
void doctor_mta_reach(struct doctor *doctor, struct str path, struct str account);

/* How long the MTA waits at least with a message for our answer, so that it never gives up before
 * we do; milliseconds. */
int64_t doctor_mta_patience_ms(const struct doctor *doctor);

/* Tells what becomes of mail while the filter is down. `mend` changes it to what is best there. */
void doctor_mta_action(struct doctor *doctor, struct str action, bool is_hop, struct str mend);

#endif
