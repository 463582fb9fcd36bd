/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/thresholds.h"

#include <math.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/memory.h"
#include "base/plural.h"

/* Half points that are shown at least, and at most. */
#define LOWEST  0
#define HIGHEST 10000
#define FIRST   (-5000)
#define LAST    30000
#define STEP    500

struct threshold_scores threshold_scores(struct arena *arena, const struct tune_mail *mail,
                                         const int32_t *points)
{
	size_t count = mail->source_of.len;
	int32_t *scores = arena_calloc(arena, count + 1, sizeof(*scores));
	struct threshold_scores result = { .scores = scores, .mail = mail };

	for (size_t i = 0; i < count; i++) {
		const struct tune_row *row = &mail->rows[i];

		scores[i] = (int32_t)lround(row->fixed * 1000);
		for (size_t k = 0; k < row->count; k++)
			scores[i] = decimal_add(scores[i], points[row->rules[k]]);
		if (row->spam)
			result.spam++;
		else
			result.good++;
	}
	return result;
}

struct counts {
	size_t false_positives; /* good mail */
	size_t true_positives;  /* spam */
};

/* How many messages score more than a threshold. */
static struct counts count(const struct threshold_scores *scores, int32_t threshold)
{
	struct counts counts = { 0 };

	for (size_t i = 0; i < scores->mail->source_of.len; i++) {
		if (scores->scores[i] <= threshold)
			continue;
		if (scores->mail->rows[i].spam)
			counts.true_positives++;
		else
			counts.false_positives++;
	}
	return counts;
}

static int falling(const void *a, const void *b)
{
	const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x < y) - (x > y);
}

/* False where there is no good mail. */
static bool find_for_rate(const struct threshold_scores *scores, int32_t rate, int32_t *threshold_r)
{
	int32_t *good;
	size_t len = 0, allowed;

	if (scores->good == 0)
		return false;
	good = memory_calloc(scores->good, sizeof(*good));
	for (size_t i = 0; i < scores->mail->source_of.len; i++)
		if (!scores->mail->rows[i].spam)
			good[len++] = scores->scores[i];
	qsort(good, len, sizeof(*good), falling);
	allowed = (size_t)((uint64_t)len * (uint64_t)rate / 100000);
	/* The first that may not be above it is not: only what is greater is spam. */
	*threshold_r = allowed < len ? good[allowed] : good[len - 1] - 1;
	free(good);
	return true;
}

static double per_cent(size_t part, size_t whole)
{
	return whole > 0 ? 100 * (double)part / (double)whole : 0;
}

static void print_line(FILE *out, const struct threshold_scores *scores, int32_t threshold,
                       int32_t chosen)
{
	struct counts counts = count(scores, threshold);
	char text[DECIMAL_TEXT_SIZE];

	fprintf(out, "%9s  %9.3f %% %8zu  %9.3f %% %8zu%s\n", decimal_format(threshold, text),
	        per_cent(counts.true_positives, scores->spam), scores->spam - counts.true_positives,
	        per_cent(counts.false_positives, scores->good), counts.false_positives,
	        threshold == chosen ? "  <- required_score" : "");
}

/* From where nothing changes any more, up to where nothing is found any more. */
static void print_table(FILE *out, const struct threshold_scores *scores, int32_t chosen)
{
	int32_t lowest = LOWEST, highest = HIGHEST;

	for (size_t i = 0; i < scores->mail->source_of.len; i++) {
		while (lowest > FIRST && scores->scores[i] <= lowest)
			lowest -= STEP;
		while (highest < LAST && scores->scores[i] > highest)
			highest += STEP;
	}
	fprintf(out, "%9s  %11s %8s  %11s %8s\n", "threshold", "spam found", "missed", "good mail",
	        "flagged");
	for (int32_t threshold = lowest; threshold <= highest; threshold += STEP) {
		if (chosen > threshold - STEP && chosen < threshold)
			print_line(out, scores, chosen, chosen);
		print_line(out, scores, threshold, chosen);
	}
}

struct wrong {
	int32_t score;
	const char *name;
};

static int wrongest_first(const void *a, const void *b)
{
	return falling(&((const struct wrong *)a)->score, &((const struct wrong *)b)->score);
}

static void print_wrong(FILE *out, const struct threshold_scores *scores, int32_t threshold,
                        bool spam, size_t limit)
{
	size_t messages = scores->mail->source_of.len, len = 0;
	struct wrong *list = memory_calloc(messages + 1, sizeof(*list));
	char text[DECIMAL_TEXT_SIZE];

	for (size_t i = 0; i < messages; i++)
		if (scores->mail->rows[i].spam == spam && (scores->scores[i] > threshold) != spam)
			list[len++] = (struct wrong){ scores->scores[i], scores->mail->names[i] };
	qsort(list, len, sizeof(*list), wrongest_first);
	fprintf(out, "\n%s at %s: %zu of %zu\n",
	        spam ? "False negatives, spam that is not flagged"
	             : "False positives, good mail that is flagged",
	        decimal_format(threshold, text), len, spam ? scores->spam : scores->good);
	for (size_t i = 0; i < len && i < limit; i++)
		fprintf(out, "%9s  %s\n", decimal_format(list[i].score, text), list[i].name);
	if (len > limit)
		fprintf(out, "          and %zu more\n", len - limit);
	free(list);
}

void threshold_print(FILE *out, const struct threshold_scores *scores, int32_t threshold,
                     size_t limit)
{
	print_table(out, scores, threshold);
	print_wrong(out, scores, threshold, false, limit);
	print_wrong(out, scores, threshold, true, limit);
}

void threshold_print_rate(FILE *out, const struct threshold_scores *scores, int32_t rate)
{
	char text[DECIMAL_TEXT_SIZE], wanted[DECIMAL_TEXT_SIZE];
	struct counts counts;
	int32_t threshold;

	if (!find_for_rate(scores, rate, &threshold))
		return;
	counts = count(scores, threshold);
	fprintf(out,
	        "\nrequired_score %s flags %zu of %zu good messages (%.3f %%, at most %s %%), and finds "
	        "%.3f %% of the spam\n",
	        decimal_format(threshold, text), counts.false_positives, scores->good,
	        per_cent(counts.false_positives, scores->good), decimal_format(rate, wanted),
	        per_cent(counts.true_positives, scores->spam));
	if ((uint64_t)scores->good * (uint64_t)rate < 100000)
		fprintf(out, "%zu good %s too few to tell a rate of %s %%: name more of them\n",
		        scores->good, plural(scores->good, "message is", "messages are"), wanted);
}
