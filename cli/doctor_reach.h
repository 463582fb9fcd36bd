/* SPDX-License-Identifier: GPL-3.0-or-later */
/* May an account connect to a socket, by the permissions on the way to it? Asks the disk; one
 * thread. */
#ifndef CLI_DOCTOR_REACH_H
#define CLI_DOCTOR_REACH_H

#include <sys/types.h>

#include "base/vec.h"

struct doctor_reacher {
	struct str name; /* of the account */
	uid_t uid;
	gid_t *groups;
	int group_count;
};

/* The account with all its groups; false where there is none. */
bool doctor_reacher_find(struct arena *arena, struct str name, struct doctor_reacher *who_r);

enum doctor_reach {
	REACH_YES,
	REACH_MISSING,   /* there is no such socket */
	REACH_FORBIDDEN, /* to the account */
	REACH_DEAD,      /* it is there, and nobody listens */
	REACH_UNKNOWN,   /* we may not look ourselves */
};

/* *where_r: the file or directory that is in the way. */
enum doctor_reach doctor_reach(struct arena *arena, struct str path,
                               const struct doctor_reacher *who, struct str *where_r);

#endif
