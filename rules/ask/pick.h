/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Some of many: what is asked about a message where it has more than lists are asked for. */
#ifndef RULES_ASK_PICK_H
#define RULES_ASK_PICK_H

#include <stddef.h>

/*
 * Puts `count` of the items that follow the first `done` of an array of `len` into random order
 * right after those, so that senders can't tell what is looked at. Thread-safe.
 */
void pick_some(void *items, size_t item_size, size_t len, size_t done, size_t count);

#endif
