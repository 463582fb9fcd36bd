/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A configuration, read and checked for the daemon and the command as far as is possible without
 * opening a socket or a store. Used by one thread.
 */
#ifndef SETUP_SETUP_H
#define SETUP_SETUP_H

#include "scoring/policy.h"
#include "setup/account.h"
#include "setup/rules_in_force.h"

/* More listening sockets are refused. */
#define SETUP_LISTEN_MAX 64

struct setup {
	const char *path; /* of assay.conf; NULL: the defaults */
	struct settings settings;
	struct account account;
	gid_t socket_group;          /* (gid_t)-1: none is named */
	struct rules_in_force rules; /* those of the running daemon */
	bool force_rules;            /* whatever they are, take those of the settings */
};

/*
 * Reads the file into the arena and checks addresses, store and accounts. All that is wrong is
 * added to the problems. False if any of it is an error; the rest can then be used to find more of
 * them.
 */
bool setup_read(struct setup *setup_r, struct arena *arena, const char *path,
                struct problems *problems);

/* Other rules than the configuration's, which are not compared with those that run. */
void setup_replace_rules(struct setup *setup, struct str_list paths);

struct setup_check {
	struct policy *policy; /* the caller's; NULL where it can't be built */
	size_t tests;          /* `test` lines of rule files that were run */
	bool ok;               /* a daemon would start with it, and a running one take it over */
};

/*
 * All that `assayd -t` and `assay check-config` say about it: builds the policy, runs the rules'
 * test lines, and judges the rules as a reload would. By root it is judged as the filter's `user`
 * would: the process is that user from then on.
 */
struct setup_check setup_check(const struct setup *setup, struct problems *problems);

/* Writes them on stderr, a line each, warnings marked as such. */
void setup_print_problems(const struct problems *problems);

#endif
