/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The copies in the running filter: they are written by whoever drops a message, and a thread
 * removes what is too old or too much. Thread-safe.
 */
#ifndef RELEASE_COPIES_KEEPER_H
#define RELEASE_COPIES_KEEPER_H

#include "release/copy.h"
#include "scoring/settings.h"

struct copies_keeper;

/* NULL where the settings say that no copies are kept; a folder that can't be used is tried again
 * with each copy, and told of in the log. False only where there can be no thread. */
bool copies_keeper_start(const struct settings *settings, struct copies_keeper **keeper_r,
                         struct error *err_r);
/* NULL is allowed. */
void copies_keeper_stop(struct copies_keeper *keeper);

/* True once the copy is durable; else that is told as a trouble. */
bool copies_keeper_write(struct copies_keeper *keeper, const struct copy *copy);
/* For a message that was not dropped after all. */
void copies_keeper_remove(struct copies_keeper *keeper, const struct copy *copy);

#endif
