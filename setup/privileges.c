/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "setup/privileges.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"

/* A session needs a descriptor. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* A sandbox may have done it already, and forbid the call. */
static bool forbid_core_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 && limit.rlim_max == 0)
		return true;
	limit = (struct rlimit){ 0, 0 };
	return setrlimit(RLIMIT_CORE, &limit) == 0;
}

bool privileges_drop(const struct account *account, struct error *err_r)
{
	raise_file_limit();
	if (account->change && !account_become(account, err_r))
		return false;
	if (!account->change && geteuid() == 0)
		log_warning(NULL, "running as root; set user to an account without privileges");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return error_set(err_r, "can't give up new privileges: %s", strerror(errno));
	if (!forbid_core_files())
		return error_set(err_r, "can't forbid core files: %s", strerror(errno));
	return true;
}
