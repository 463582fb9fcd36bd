/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * People for those who score messages: connections for reading, borrowed for one question each, and
 * a thread of its own that writes what is learned, so that no message waits for it. Thread-safe.
 */
#ifndef STORE_PEOPLE_KEEPER_H
#define STORE_PEOPLE_KEEPER_H

#include "facts/people.h"

struct people_keeper;

/*
 * Opens nothing yet. `learns`: starts the thread. NULL with the reason if the URI isn't valid. A
 * store that doesn't work is left alone for a while, which the log says once; questions are then
 * answered with false at once.
 */
struct people_keeper *people_keeper_start(const char *uri, bool learns, struct error *err_r);
/* Writes what is queued, if that is possible, and ends the thread; NULL is allowed. */
void people_keeper_stop(struct people_keeper *keeper);

/* For assay_input; lives as long as the keeper. NULL of NULL. */
const struct people_reader *people_keeper_reader(const struct people_keeper *keeper);

/* Queues copies, and never waits: what finds the queue full is lost, which the log says. */
void people_keeper_teach(struct people_keeper *keeper, const struct people_lesson *lessons,
                         size_t count);
/* How long what was learned is kept, milliseconds; until it is called, all of it is. */
void people_keeper_keep(struct people_keeper *keeper, int64_t keep_ms);

#endif
