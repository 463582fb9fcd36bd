/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The life of assayd, from the configuration file to the last flushed record. Returns exit codes
 * of sysexits.h; whatever is wrong has been logged (daemon_run) or printed (daemon_check) then.
 */
#ifndef MILTER_DAEMON_H
#define MILTER_DAEMON_H

#include <stdbool.h>

struct daemon_options {
	const char *path; /* of the configuration; NULL: built-in defaults */
	bool force;       /* rules are accepted although none can hit, or they are too few */
};

/* Serves until SIGTERM, SIGINT or SIGHUP. */
int daemon_run(const struct daemon_options *options);

/* Reads configuration and rules as a start and a reload would, prints every problem, and opens
 * nothing. */
int daemon_check(const struct daemon_options *options);

#endif
