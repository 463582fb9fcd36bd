/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The life of assayd, from the configuration file to the last flushed record. Returns exit codes
 * of sysexits.h; whatever is wrong has been logged (daemon_run) or printed (daemon_check) then.
 */
#ifndef MILTER_DAEMON_H
#define MILTER_DAEMON_H

/* Serves until SIGTERM, SIGINT or SIGHUP. `path` NULL: built-in defaults. */
int daemon_run(const char *path);

/* Reads configuration and rules as a start would, prints every problem, and opens nothing. */
int daemon_check(const char *path);

#endif
