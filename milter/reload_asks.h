/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reloads that were asked for, between those who ask and the thread that reloads. An ask belongs to
 * one thread until reload_asks_drop(). Thread-safe.
 */
#ifndef MILTER_RELOAD_ASKS_H
#define MILTER_RELOAD_ASKS_H

#include <stdbool.h>

#include "control/reload_result.h"

struct reload_ask;

/* Adds one to the queue; the thread is still to be woken. */
struct reload_ask *reload_asks_add(bool force);
/* Whether it was done; then the result, in the arena. */
bool reload_asks_done(struct reload_ask *ask, struct arena *arena, struct reload_result *result_r);
/* Frees it; where it wasn't done yet, it is done all the same. NULL is allowed. */
void reload_asks_drop(struct reload_ask *ask);

/*
 * For the thread that reloads: takes all asks from the front of the queue that want the same, so
 * that one reload does for them; NULL if there is none.
 */
struct reload_ask *reload_asks_take(bool *force_r);
/* Gives all of them the result, which is copied. */
void reload_asks_finish(struct reload_ask *taken, const struct reload_result *result);

#endif
