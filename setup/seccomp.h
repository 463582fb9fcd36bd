/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * System calls that a mail filter never needs are given up, so that who got hold of it by a message
 * cannot start programs, look into other processes, or reach those parts of the kernel where faults
 * are found. systemd's unit says the same; this holds without systemd.
 */
#ifndef SETUP_SECCOMP_H
#define SETUP_SECCOMP_H

#include "base/error.h"

/*
 * For the whole process and for good; such a call fails with EPERM from then on. New privileges
 * have to be given up before (privileges_drop()). False with the reason where this build or this
 * kernel can't: nothing has changed then, and the filter works as well without.
 */
bool seccomp_restrict(struct error *err_r);

#endif
