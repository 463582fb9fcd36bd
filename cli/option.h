/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Options of the command line, as getopt_long(3) reads them; what is wrong is named. One thread.
 */
#ifndef CLI_OPTION_H
#define CLI_OPTION_H

#include <getopt.h>

/*
 * The next option, as of getopt_long(), or -1 after the last one; '?' where it is wrong and stderr
 * has been told which and what is: unknown (and which known one is near), ambiguous, without its
 * value, or with one that it doesn't take. The command should then return EX_USAGE.
 */
int option_next(const char *command, int argc, char **argv, const char *shorts,
                const struct option *longs);

#endif
