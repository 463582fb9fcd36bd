/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Some of many: what is asked about a message where it has more than lists are asked for. */
#ifndef RULES_ASK_PICK_H
#define RULES_ASK_PICK_H

#include <stddef.h>
#include <stdint.h>

/* A random number that is the same for an hour: what is picked of a message that comes again has
 * its answers in the cache, and copies of one message get one score. Thread-safe. */
uint64_t pick_chance(void);

/*
 * Puts `count` of the array's `len` items, or all where there are no more, to its front, in an
 * order that follows from their names and `chance`, which senders don't know. An item begins with a
 * struct str, its name. Pure.
 */
void pick_some(void *items, size_t item_size, size_t len, size_t count, uint64_t chance);

#endif
