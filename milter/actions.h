/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From verdict and report to libmilter's requests. Everything is decided before the first of them
 * is made. A request that fails is logged; the mail is delivered then, changed as far as it was.
 */
#ifndef MILTER_ACTIONS_H
#define MILTER_ACTIONS_H

#include <libmilter/mfapi.h>

#include "milter/session_private.h"

/* Returns what the end-of-message callback has to. */
sfsistat actions_apply(SMFICTX *ctx, const struct session_ending *ending);

#endif
