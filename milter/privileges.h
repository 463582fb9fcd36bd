/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who the daemon runs as. Used once at start, by the main thread, after its sockets are open and
 * before anything is read that mail or reloads depend on.
 */
#ifndef MILTER_PRIVILEGES_H
#define MILTER_PRIVILEGES_H

#include <sys/types.h>

#include "base/error.h"

struct account {
	struct str name; /* empty: stay as we are */
	bool change;     /* we are root and it is somebody else */
	uid_t uid;
	gid_t gid;
};

/* Looks the account up. */
bool account_find(struct arena *arena, struct str name, struct account *account_r,
                  struct error *err_r);
/* Looks up a group; an empty name gives (gid_t)-1. */
bool group_find(struct arena *arena, struct str name, gid_t *gid_r, struct error *err_r);

/*
 * Becomes the account, with its supplementary groups, where `change` is set. In any case: no new
 * privileges by execve(), no core files (they would hold mail), as many descriptors as allowed.
 */
bool privileges_drop(const struct account *account, struct error *err_r);

#endif
