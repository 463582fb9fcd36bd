/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/plural.h"

#define WIDTH     40
#define REDRAW_US 100000
/* Fewer are done before anybody looks. */
#define SHOWN_MIN 20

void progress_begin(struct progress *progress, size_t total)
{
	*progress = (struct progress){ .total = total };
	progress->shown = total >= SHOWN_MIN && isatty(STDERR_FILENO);
}

void progress_step(struct progress *progress, size_t done)
{
	static const char full[] = "########################################";
	static const char empty[] = "                                        ";
	int64_t now = clock_monotonic_us();
	int width;

	if (!progress->shown || (now < progress->next_us && done < progress->total))
		return;
	progress->next_us = now + REDRAW_US;
	width = (int)(done * WIDTH / progress->total);
	fprintf(stderr, "\r[%.*s%.*s] %zu of %zu %s", width, full, WIDTH - width, empty, done,
	        progress->total, plural(progress->total, "message", "messages"));
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs("\n", stderr);
	progress->shown = false;
}
