/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What attaching to Postfix changes: the parameters and services of contrib/postfix, with this
 * site's socket and what it has already. Runs postconf; changes nothing.
 */
#ifndef CLI_POSTFIX_PLAN_H
#define CLI_POSTFIX_PLAN_H

#include "base/problems.h"
#include "cli/mta_change.h"
#include "cli/postconf.h"

struct postfix_site {
	struct str directory; /* of main.cf */
	struct str queue_directory;
	struct str socket;    /* as smtpd_milters names it: unix:assay/assay.sock */
	struct str templates; /* where main.cf.forward and its like are */
	bool hop;             /* the forward hop, too */
};

/*
 * The changes in the order in which they are to be made; none where all is as it should be.
 * Whatever of the site's own stands in the way is an error in `problems`, all of it.
 */
struct mta_change_list postfix_plan(const struct postconf *pc, const struct postfix_site *site,
                                    struct problems *problems);

#endif
