/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keeps DNS lists probed while no message comes, and the file by which `assay lists` sees what this
 * process knows of them. For the main thread. What can't be written is told once an hour.
 */
#ifndef MILTER_LIST_STATE_H
#define MILTER_LIST_STATE_H

#include "facts/dns.h"

/* To be called so often, or more. */
#define LIST_STATE_TICK_MS 5000

/* `path` empty: no file. */
void list_state_tick(struct dns *dns, struct str path);

#endif
