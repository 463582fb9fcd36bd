/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Work that takes memory and processor time, by a bounded number of threads at a time: the others
 * wait. The turns are shared by threads; a turn is its taker's.
 */
#ifndef BASE_TURNS_H
#define BASE_TURNS_H

#include "base/deadline.h"

struct turns;

struct turn {
	struct turns *turns; /* NULL: none was taken, or it was given back */
};

/* So many at a time, at least 1. */
struct turns *turns_new(unsigned count);
/* All must have been given back. NULL is allowed. */
void turns_free(struct turns *turns);

/* Waits for a turn; false without one, where the deadline came first. */
bool turn_take(struct turn *turn, struct turns *turns, struct deadline deadline);
/* Gives it back, if it was taken. */
void turn_give(struct turn *turn);

#endif
