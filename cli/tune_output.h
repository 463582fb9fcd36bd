/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `assay tune` prints. */
#ifndef CLI_TUNE_OUTPUT_H
#define CLI_TUNE_OUTPUT_H

#include <stdio.h>

#include "cli/tune_mail.h"

/* Scores of all messages by three sets of points; by row. */
struct tune_result {
	const double *today;
	const double *crossed; /* each by a fit to the other sources */
	const double *fitted;
	double threshold, discard;
};

/* For each source, how much is flagged and how much would be dropped, by the three; then AUC. */
void tune_print_result(FILE *out, const struct tune_mail *mail, const struct tune_data *data,
                       const struct tune_result *result);

/* Per cent of a source's messages that a rule hits, mean over the sources of one kind. */
double tune_hit_rate(const struct tune_mail *mail, size_t rule, bool spam);

/* For each rule: points, the rates on good mail and spam, their odds, and hits by source; with
 * tabs between them. Then rules that hit nothing. */
void tune_print_hits(FILE *out, const struct tune_mail *mail);

/* A rule file of `score` lines. */
void tune_print_scores(FILE *out, const struct tune_mail *mail, const int32_t *thousandths);

#endif
