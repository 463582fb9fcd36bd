/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Malware in a message: asking the scanner of the policy, and what its answer is worth. */
#ifndef SCORING_INFECTION_H
#define SCORING_INFECTION_H

#include "scoring/policy.h"

/* What is known of malware in a message. */
struct infection {
	struct str signature; /* its name; empty: none is known */
	bool certain;         /* not one of antivirus_only_tag */
};

/* Shows the message to the scanner; NULL where the policy has none. As antivirus_begin(). */
struct antivirus_scan *infection_ask(struct arena *arena, const struct policy *policy,
                                     struct str raw);
/* Would infection_await() wait? Not for NULL. */
bool infection_is_awaited(struct antivirus_scan *scan);
/* Waits for the result; a part of the time until the deadline is left for what comes after it. */
const struct antivirus_result *infection_await(struct antivirus_scan *scan,
                                               struct deadline deadline);

/* What the name of a signature means here; empty: nothing was found. */
struct infection infection_of(const struct settings *settings, struct str signature);

#endif
