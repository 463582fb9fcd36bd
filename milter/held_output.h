/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is to be sent to an MTA, held back until it can go together with what comes next. For one
 * thread at a time.
 */
#ifndef MILTER_HELD_OUTPUT_H
#define MILTER_HELD_OUTPUT_H

#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

/* How many pieces are written at once. */
#define HELD_OUTPUT_PIECES 8

/* Zeroed at first; held_output_drop() ends it. */
struct held_output {
	char *data;
	size_t len, cap;
};

/* Holds the pieces, too; their length. */
ssize_t held_output_add(struct held_output *held, const struct iovec *pieces, int count);
/*
 * Writes what is held and then the pieces, at most HELD_OUTPUT_PIECES: as writev(), of the pieces
 * alone, but waits for an MTA that reads slowly, no longer than libmilter does.
 */
ssize_t held_output_write(int fd, struct held_output *held, const struct iovec *pieces, int count);
void held_output_drop(struct held_output *held);

#endif
