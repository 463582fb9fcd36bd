/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The copy of a message that is about to be dropped, where the settings want one. */
#ifndef MILTER_DROP_COPY_H
#define MILTER_DROP_COPY_H

#include "milter/session_private.h"

/*
 * Writes it, durably, before the records of the drop commit; where that can't be, the log says so
 * and the drop goes on. For a message of which at least one recipient is dropped. NULL: there is
 * none. In the message's arena.
 */
const struct copy *drop_copy_write(const struct session_ending *ending);
/* Takes it out again, since the message is delivered after all; NULL is allowed. */
void drop_copy_remove(const struct session_ending *ending, const struct copy *copy);

#endif
