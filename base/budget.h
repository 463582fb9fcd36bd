/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bytes that many pieces of work may hold together. A request for more than is left waits until
 * others give theirs back; of those that only begin, the one that came first has the first turn. So
 * that they can't all wait for each other, each holding a part, a reserve is left over for one at a
 * time, which may have as much as it asks for. Thread-safe; a share is used by one thread at a
 * time.
 */
#ifndef BASE_BUDGET_H
#define BASE_BUDGET_H

#include <stddef.h>

#include "base/deadline.h"

struct budget;

/* What one piece of work holds. Zeroed but for the budget, which may be NULL: then nothing is
 * counted. */
struct budget_share {
	struct budget *budget;
	size_t bytes;
	size_t reserved;  /* of them, of the reserve */
	size_t advance;   /* of them, taken for what will be charged */
	bool has_reserve; /* the others can't have it until this share is returned */
};

/* `limit` bytes, of which `reserve` are the reserve: at most three quarters. Freed with free(). */
struct budget *budget_new(size_t limit, size_t reserve);
size_t budget_limit(const struct budget *budget);
/* Bytes that are held. */
size_t budget_used(const struct budget *budget);
/* How many wait for some. */
size_t budget_waiting(const struct budget *budget);

/* Adds to a share; waits where there is no room. False where the deadline came first: then nothing
 * was added. */
bool budget_take(struct budget_share *share, size_t bytes, struct deadline deadline);
/* The same, for what budget_charge() will add later. */
bool budget_take_advance(struct budget_share *share, size_t bytes, struct deadline deadline);
/* Adds what is used already, whether there is room or not. */
void budget_charge(struct budget_share *share, size_t bytes);
/* Gives back a part of a share. */
void budget_give(struct budget_share *share, size_t bytes);
/* Gives back all of it. */
void budget_return(struct budget_share *share);

#endif
