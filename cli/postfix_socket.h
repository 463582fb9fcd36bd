/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How Postfix reaches the filter, and what assay.conf needs for that. */
#ifndef CLI_POSTFIX_SOCKET_H
#define CLI_POSTFIX_SOCKET_H

#include "base/problems.h"
#include "scoring/settings.h"

/* The socket that is made where assay.conf names none that Postfix can reach, below the queue
 * directory: Debian's smtpd is chrooted there. */
#define POSTFIX_SOCKET "assay/assay.sock"

struct postfix_socket {
	struct str name; /* as main.cf names it */
	struct str keys; /* lines for assay.conf; empty where it is right as it is */
	struct str sections;
};

/*
 * Chooses among the addresses of `listen`, or adds one. With the hop, also what that needs: the key
 * of the seal at `key_file` and its section. What stands in the way is an error. In the arena.
 */
struct postfix_socket postfix_socket_choose(struct arena *arena, const struct settings *settings,
                                            struct str queue_directory, const char *key_file,
                                            bool hop, struct problems *problems);

#endif
