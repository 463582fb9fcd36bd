/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay tune` on mail that is sorted: what each threshold would do to it. */
#ifndef CLI_THRESHOLDS_H
#define CLI_THRESHOLDS_H

#include <stdio.h>

#include "cli/tune_mail.h"

struct threshold_scores {
	const int32_t *scores; /* thousandths, by row of the mail */
	const struct tune_mail *mail;
	size_t good, spam; /* messages of each */
};

/* The score of each message by the rules' points, of which `points` has others (by number of the
 * rule, thousandths); exact. In the arena. */
struct threshold_scores threshold_scores(struct arena *arena, const struct tune_mail *mail,
                                         const int32_t *points);

/* A line for each half point, then the messages that `threshold` takes for what they are not, at
 * most `limit` of each kind. */
void threshold_print(FILE *out, const struct threshold_scores *scores, int32_t threshold,
                     size_t limit);
/*
 * The lowest threshold above which no more than this share of good mail scores, and what it does;
 * `rate` in thousandths of a percent.
 */
void threshold_print_rate(FILE *out, const struct threshold_scores *scores, int32_t rate);

#endif
