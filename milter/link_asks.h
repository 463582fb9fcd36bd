/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Links that wait to be acted on, one after the other, in a thread of their own: what they do may
 * wait for the store and the MTA. An ask belongs to one thread until link_asks_drop(). Thread-safe.
 */
#ifndef MILTER_LINK_ASKS_H
#define MILTER_LINK_ASKS_H

#include "control/act_answer.h"
#include "milter/service.h"

struct link_ask;

/* Starts the thread, which goes on to the end of the process. False with the reason. */
bool link_asks_start(const struct service *service, struct error *err_r);

/* `message` belongs to some links, and is copied. NULL where too many wait. */
struct link_ask *link_asks_add(const char *link, struct str message);
/* Whether it was done; then the answer, in the arena. */
bool link_asks_done(struct link_ask *ask, struct arena *arena, struct act_answer *answer_r);
/* Frees it; where it wasn't done yet, it is done all the same. NULL is allowed. */
void link_asks_drop(struct link_ask *ask);

#endif
