/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who the daemon runs as. Used once at start, by the main thread, after its sockets are open and
 * before anything is read that mail or reloads depend on.
 */
#ifndef SETUP_PRIVILEGES_H
#define SETUP_PRIVILEGES_H

#include "base/error.h"
#include "setup/account.h"

/*
 * Becomes the account, with its supplementary groups, where `change` is set. In any case: no new
 * privileges by execve(), no core files (they would hold mail), as many descriptors as allowed.
 */
bool privileges_drop(const struct account *account, struct error *err_r);

#endif
