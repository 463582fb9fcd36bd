/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bar on the terminal, where stderr is one and there is much to do. One thread. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	bool shown;
	size_t total;
	int64_t next_us; /* when it is drawn again */
};

void progress_begin(struct progress *progress, size_t total);
/* So many are done. */
void progress_step(struct progress *progress, size_t done);
/* Leaves it as it is, and begins a new line. */
void progress_end(struct progress *progress);

#endif
