/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Turns verdict and report into libmilter's requests. Everything is decided before the first of
 * them is made. If a request fails, that is logged, and the mail is delivered with the changes made
 * so far.
 */
#ifndef MILTER_ACTIONS_H
#define MILTER_ACTIONS_H

#include <libmilter/mfapi.h>

#include "milter/session_private.h"

/* Returns what the end-of-message callback has to; *failed_r, in the message's arena, is what the
 * MTA did not let us do, or empty. */
sfsistat actions_apply(SMFICTX *ctx, const struct session_ending *ending, struct str *failed_r);

#endif
