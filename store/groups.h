/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counts records with the same destination, recipient, sender and score, for stores that can't do
 * it themselves. Everything lives in the arena it was made with; one thread.
 */
#ifndef STORE_GROUPS_H
#define STORE_GROUPS_H

#include "base/arena.h"
#include "store/store.h"

struct groups;

struct groups *groups_new(struct arena *arena);
void groups_add(struct groups *groups, const struct record *record);
/* In the order that store_read_groups() promises. */
void groups_visit(struct groups *groups,
                  bool (*visit)(const struct store_group *group, void *context), void *context);

#endif
