/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fits the points of rules to messages that are known to be good or spam: logistic regression on
 * the score, a posterior maximum under a normal prior around the points that a rule has, cut off
 * where its sign or its limit ends. Pure; one thread; the same data give the same points.
 */
#ifndef CLI_TUNE_FIT_H
#define CLI_TUNE_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One message. */
struct tune_row {
	const uint16_t *rules; /* numbers of the rules that hit, each once */
	size_t count;
	double fixed; /* points of what isn't fitted */
	unsigned source;
	bool spam;
};

/* One rule. */
struct tune_rule {
	double prior;    /* points, from where the fit begins */
	double min, max; /* the range: below 0 or above, never both */
};

struct tune_data {
	const struct tune_row *rows;
	size_t row_count;
	const struct tune_rule *rules;
	size_t rule_count;
	const double *source_weights; /* how much a source counts; by its number */
	size_t source_count;
};

struct tune_settings {
	double threshold;   /* points from which a message is spam */
	double good_weight; /* how many times as much an error on good mail counts */
	double strength;    /* of the prior: about as many messages as would outweigh it */
	unsigned bags;      /* fits on sources drawn at random, whose points are averaged; 0: one
	                     * fit on all */
};

/*
 * Fills points[rule_count]. Rows of the source `left_out` take no part; pass source_count for none.
 * A source of n messages counts as its weight times the square root of n, however alike they are.
 */
void tune_fit(const struct tune_data *data, const struct tune_settings *settings, size_t left_out,
              double *points);

double tune_score(const struct tune_row *row, const double *points);

/* How probable it is that spam gets more points than good mail, sources counting alike; scores by
 * row. 0.5 where there is none of one kind. */
double tune_auc(const struct tune_data *data, const double *scores);

#endif
