/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Connections that are left alone for a while, since what comes on them comes in crumbs: several of
 * these cost as much as one when they are read at once. In the order of coming; for one thread.
 */
#ifndef MILTER_NAPS_H
#define MILTER_NAPS_H

/* It has no nap yet. */
void naps_add(int fd);
/* Milliseconds until the next one's is over, at most `limit_ms`. */
int naps_wait_ms(int limit_ms);
/* One whose nap is over, once; -1: none. */
int naps_take(void);

#endif
