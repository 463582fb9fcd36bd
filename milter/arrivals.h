/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Messages that were let in a moment ago and haven't come to their end: they will wait soon, so
 * they count where it is decided whether there is room for another. One that takes longer than a
 * second is forgotten here, so that slow senders don't take the room. Thread-safe.
 */
#ifndef MILTER_ARRIVALS_H
#define MILTER_ARRIVALS_H

#include <stddef.h>
#include <stdint.h>

/* When a message was let in; 0: it wasn't counted, or is not any more. */
typedef uint32_t arrival;

arrival arrivals_begin(void);
/* It has come, or won't; the second time it does nothing. */
void arrivals_end(arrival *begun);
size_t arrivals_count(void);

#endif
