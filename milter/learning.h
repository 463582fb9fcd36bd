/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the filter learns by itself. Thread-safe. */
#ifndef MILTER_LEARNING_H
#define MILTER_LEARNING_H

#include "milter/session_private.h"

/*
 * Hands the message over to be learned, where that was decided (see autolearn.h): it is written by
 * the thread of lessons_cache.h, so neither message nor MTA waits for the store. Where too many
 * wait for that already, it is left out, and counted in the log.
 */
void learning_submit(const struct session_ending *ending);

#endif
