/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules that a configuration has, and what they would be with another version of a channel. */
#ifndef CLI_RULES_POLICIES_H
#define CLI_RULES_POLICIES_H

#include "cli/rules.h"
#include "setup/rules_in_force.h"

struct rules_present {
	struct policy *policy; /* the caller's, for policy_free(); NULL: it can't be loaded */
	struct rules_in_force rules;
	bool comparable; /* it has something in the place of what is tried */
};

/*
 * What the configuration has; channels of which nothing is in force are left out. Where it doesn't
 * name the channel that something is tried for, the version of that which is in force stands in the
 * place of all `rules`. Errors say why it can't be loaded.
 */
struct rules_present rules_policies_now(const struct rules_options *options, struct str channel,
                                        struct problems *problems);

/*
 * Loads the configuration with the files at `path` in the place of the channel's, or of all that
 * `rules` names where that doesn't name the channel; runs their `test` lines, compares them with
 * what is there, and tries both on mail. True where they may go into force; else problems say why
 * not, and the result a reason of one line. With options->force, only what can't be loaded is
 * refused.
 */
bool rules_policies_try(const struct rules_options *options, const struct rules_present *now,
                        struct str channel, struct str path, struct canary_result *result_r,
                        struct problems *problems);

#endif
