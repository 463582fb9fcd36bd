/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/tune_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Log odds a point; good mail shall stay below the threshold by the margin, spam above it. */
#define STEEPNESS 1.2
#define MARGIN    1.0

#define PASSES_MAX 200
#define STEP_MAX   0.5
#define PRECISION  0.0005

/* One fit: for each rule the rows that it hits, and the state of the descent. */
struct descent {
	const struct tune_data *data;
	const struct tune_settings *settings;
	double *row_weights;
	double *scores;
	double *points;
	uint32_t *hits;  /* rows, rule by rule … */
	size_t *hits_at; /* … from here; rule_count + 1 entries */
};

double tune_score(const struct tune_row *row, const double *points)
{
	double score = row->fixed;

	for (size_t i = 0; i < row->count; i++)
		score += points[row->rules[i]];
	return score;
}

static void index_hits(struct descent *d)
{
	const struct tune_data *data = d->data;
	size_t total = 0, *next;

	d->hits_at = memory_calloc(data->rule_count + 1, sizeof(*d->hits_at));
	for (size_t i = 0; i < data->row_count; i++)
		for (size_t k = 0; k < data->rows[i].count; k++)
			d->hits_at[data->rows[i].rules[k] + 1]++;
	for (size_t i = 0; i < data->rule_count; i++)
		total = d->hits_at[i + 1] += d->hits_at[i];
	d->hits = memory_calloc(total + 1, sizeof(*d->hits));
	next = memory_calloc(data->rule_count + 1, sizeof(*next));
	memcpy(next, d->hits_at, (data->rule_count + 1) * sizeof(*next));
	for (size_t i = 0; i < data->row_count; i++)
		for (size_t k = 0; k < data->rows[i].count; k++)
			d->hits[next[data->rows[i].rules[k]]++] = (uint32_t)i;
	free(next);
}

/* How often each source takes part: once, or as often as it is drawn. */
static void weigh_rows(struct descent *d, const unsigned *drawn)
{
	const struct tune_data *data = d->data;
	size_t *counts = memory_calloc(data->source_count + 1, sizeof(*counts));

	for (size_t i = 0; i < data->row_count; i++)
		counts[data->rows[i].source]++;
	for (size_t i = 0; i < data->row_count; i++) {
		const struct tune_row *row = &data->rows[i];

		d->row_weights[i] = drawn[row->source] * data->source_weights[row->source] /
		                    sqrt((double)counts[row->source]) *
		                    (row->spam ? 1 : d->settings->good_weight);
	}
	free(counts);
}

/* A step of Newton's for one rule; returns how far it went. */
static double improve(struct descent *d, size_t rule)
{
	const struct tune_rule *limits = &d->data->rules[rule];
	double old = d->points[rule], strength = d->settings->strength, new_points, step;
	double slope = strength * (old - limits->prior), curve = strength;

	for (size_t i = d->hits_at[rule]; i < d->hits_at[rule + 1]; i++) {
		const struct tune_row *row = &d->data->rows[d->hits[i]];
		double sign = row->spam ? -1 : 1, weight = d->row_weights[d->hits[i]];
		double distance = sign * (d->scores[d->hits[i]] - d->settings->threshold) + MARGIN;
		double wrong = 1 / (1 + exp(-STEEPNESS * distance));

		slope += weight * STEEPNESS * sign * wrong;
		curve += weight * STEEPNESS * STEEPNESS * wrong * (1 - wrong);
	}
	step = fmax(-STEP_MAX, fmin(STEP_MAX, -slope / curve));
	new_points = fmax(limits->min, fmin(limits->max, old + step));
	d->points[rule] = new_points;
	for (size_t i = d->hits_at[rule]; i < d->hits_at[rule + 1] && new_points != old; i++)
		d->scores[d->hits[i]] += new_points - old;
	return fabs(new_points - old);
}

static void descend(struct descent *d, const unsigned *drawn)
{
	const struct tune_data *data = d->data;
	double moved = 1;

	weigh_rows(d, drawn);
	for (size_t i = 0; i < data->rule_count; i++)
		d->points[i] =
			fmax(data->rules[i].min, fmin(data->rules[i].max, data->rules[i].prior));
	for (size_t i = 0; i < data->row_count; i++)
		d->scores[i] = tune_score(&data->rows[i], d->points);
	for (unsigned pass = 0; pass < PASSES_MAX && moved > PRECISION; pass++) {
		moved = 0;
		for (size_t i = 0; i < data->rule_count; i++)
			moved = fmax(moved, improve(d, i));
	}
}

/* Marsaglia's xorshift: the draws are the same everywhere. */
static uint32_t draw(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void draw_sources(size_t count, size_t left_out, uint32_t *state, unsigned *drawn)
{
	memset(drawn, 0, count * sizeof(*drawn));
	for (size_t i = 0; i < count; i++) {
		size_t source = draw(state) % count;

		drawn[source] += source != left_out;
	}
}

void tune_fit(const struct tune_data *data, const struct tune_settings *settings, size_t left_out,
              double *points)
{
	struct descent d = { .data = data, .settings = settings };
	unsigned *drawn = memory_calloc(data->source_count + 1, sizeof(*drawn));
	uint32_t state = 0x5eed1234;

	d.row_weights = memory_calloc(data->row_count + 1, sizeof(*d.row_weights));
	d.scores = memory_calloc(data->row_count + 1, sizeof(*d.scores));
	d.points = memory_calloc(data->rule_count + 1, sizeof(*d.points));
	index_hits(&d);
	for (size_t i = 0; i < data->rule_count; i++)
		points[i] = 0;
	for (unsigned bag = 0; bag < (settings->bags > 0 ? settings->bags : 1); bag++) {
		for (size_t i = 0; i < data->source_count; i++)
			drawn[i] = i != left_out;
		if (settings->bags > 0)
			draw_sources(data->source_count, left_out, &state, drawn);
		descend(&d, drawn);
		for (size_t i = 0; i < data->rule_count; i++)
			points[i] += d.points[i] / (settings->bags > 0 ? settings->bags : 1);
	}
	free(d.row_weights);
	free(d.scores);
	free(d.points);
	free(d.hits);
	free(d.hits_at);
	free(drawn);
}

struct ranked {
	double score, weight;
	bool spam;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *one = a, *two = b;

	return (one->score > two->score) - (one->score < two->score);
}

double tune_auc(const struct tune_data *data, const double *scores)
{
	struct ranked *rows = memory_calloc(data->row_count + 1, sizeof(*rows));
	size_t *counts = memory_calloc(data->source_count + 1, sizeof(*counts));
	double good = 0, spam = 0, won = 0;

	for (size_t i = 0; i < data->row_count; i++)
		counts[data->rows[i].source]++;
	for (size_t i = 0; i < data->row_count; i++)
		rows[i] = (struct ranked){ scores[i], 1 / (double)counts[data->rows[i].source],
			                   data->rows[i].spam };
	qsort(rows, data->row_count, sizeof(*rows), compare_ranked);
	for (size_t i = 0, end; i < data->row_count; i = end) {
		double good_here = 0, spam_here = 0;

		for (end = i; end < data->row_count && rows[end].score == rows[i].score; end++)
			*(rows[end].spam ? &spam_here : &good_here) += rows[end].weight;
		won += spam_here * (good + good_here / 2);
		good += good_here;
		spam += spam_here;
	}
	free(rows);
	free(counts);
	return good > 0 && spam > 0 ? won / (good * spam) : 0.5;
}
