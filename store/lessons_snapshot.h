/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A model in a file of this host's, so that its rows need not be learned again at each start. It is
 * only used where the journal has the rows that it was made of; a damaged one, or one of another
 * version, is made anew.
 */
#ifndef STORE_LESSONS_SNAPSHOT_H
#define STORE_LESSONS_SNAPSHOT_H

#include "store/lessons.h"

/* A model and which rows it is the replay of. */
struct lessons_model {
	struct model *model;          /* NULL: of no rows */
	uint64_t generation;          /* of the scope when they were read */
	uint64_t learned;             /* rows */
	uint64_t in_snapshot;         /* how many of them the file has */
	struct lessons_position last; /* of the newest one, and what tells it from another: */
	char last_message[LESSON_MESSAGE_SIZE];
	int64_t last_time_us;
};

/* Fills `model_r`, which is zeroed; leaves it so where there is none that can be used, and says
 * where one is damaged. */
void lessons_snapshot_read(const struct lessons *lessons, const char *scope, unsigned bits,
                           struct lessons_model *model_r);
/* False where it can't be written. */
bool lessons_snapshot_write(const struct lessons *lessons, const char *scope,
                            const struct lessons_model *model);

#endif
