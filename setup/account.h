/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Accounts and groups of this machine that a configuration names. Not thread-safe: getpwnam() and
 * getgrnam() are asked, at start and by commands.
 */
#ifndef SETUP_ACCOUNT_H
#define SETUP_ACCOUNT_H

#include <sys/types.h>

#include "base/error.h"
#include "base/vec.h"

struct account {
	struct str name; /* empty: stay as we are */
	bool change;     /* we are root and it is somebody else */
	bool beyond_us;  /* it is somebody else, and only root could change to it */
	uid_t uid;
	gid_t gid;
};

/* Looks the account up. */
bool account_find(struct arena *arena, struct str name, struct account *account_r,
                  struct error *err_r);
/* Becomes the account, with its supplementary groups, for good; we have to be root. */
bool account_become(const struct account *account, struct error *err_r);
/* Looks up a group; an empty name gives (gid_t)-1. */
bool account_find_group(struct arena *arena, struct str name, gid_t *gid_r, struct error *err_r);

#endif
