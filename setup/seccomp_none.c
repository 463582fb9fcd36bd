/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "setup/seccomp.h"

bool seccomp_restrict(struct error *err_r)
{
	return error_set(err_r, "this build has no libseccomp");
}
