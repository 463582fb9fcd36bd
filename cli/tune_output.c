/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/tune_output.h"

#include <stdlib.h>

#include "base/decimal.h"
#include "base/memory.h"
#include "base/plural.h"

/* Hits of each rule by source: [rule * sources + source]. */
static size_t *count_hits(const struct tune_mail *mail)
{
	size_t sources = mail->sources.len;
	size_t *counts = memory_calloc(mail->rules.len * sources + 1, sizeof(*counts));

	for (size_t i = 0; i < mail->source_of.len; i++)
		for (size_t k = 0; k < mail->rows[i].count; k++)
			counts[mail->rows[i].rules[k] * sources + mail->rows[i].source]++;
	return counts;
}

static double mean_rate(const struct tune_mail *mail, const size_t *hits, bool spam)
{
	double sum = 0;
	size_t sources = 0;

	for (size_t i = 0; i < mail->sources.len; i++) {
		if (mail->sources.items[i].spam != spam)
			continue;
		sum += (double)hits[i] / (double)mail->sources.items[i].messages;
		sources++;
	}
	return sources > 0 ? 100 * sum / (double)sources : 0;
}

double tune_hit_rate(const struct tune_mail *mail, size_t rule, bool spam)
{
	size_t *counts = count_hits(mail);
	double rate = mean_rate(mail, counts + rule * mail->sources.len, spam);

	free(counts);
	return rate;
}

void tune_print_hits(FILE *out, const struct tune_mail *mail)
{
	size_t *counts = count_hits(mail), sources = mail->sources.len;
	char points[DECIMAL_TEXT_SIZE];

	fputs("rule\tpoints\tgood %\tspam %\todds", out);
	for (size_t i = 0; i < sources; i++)
		fprintf(out, "\t%s:%.*s", mail->sources.items[i].spam ? "spam" : "ham",
		        STR_FMT(mail->sources.items[i].name));
	fputc('\n', out);
	for (size_t rule = 0; rule < mail->rules.len; rule++) {
		const struct ruleset_score *score = &mail->rules.items[rule];
		const size_t *hits = counts + rule * sources;
		double good = mean_rate(mail, hits, false), spam = mean_rate(mail, hits, true);

		if (score->fixed)
			continue;
		fprintf(out, "%.*s\t%s\t%.2f\t%.2f\t", STR_FMT(score->name),
		        decimal_format(score->score, points), good, spam);
		if (good + spam == 0)
			fputs("hits nothing", out);
		else if (good == 0)
			fputs("no good mail", out);
		else
			fprintf(out, "%.2f", spam / good);
		for (size_t i = 0; i < sources; i++)
			fprintf(out, "\t%zu", hits[i]);
		fputc('\n', out);
	}
	free(counts);
}

/* What is above the threshold, and what reaches the one for drops, of a source, in per cent. */
static void print_rates(FILE *out, const struct tune_mail *mail, size_t source,
                        const double *scores, const struct tune_result *result)
{
	size_t over = 0, dropped = 0;
	double messages = (double)mail->sources.items[source].messages;

	for (size_t i = 0; i < mail->source_of.len; i++) {
		if (mail->rows[i].source != source)
			continue;
		over += scores[i] > result->threshold + 1e-9;
		dropped += scores[i] >= result->discard - 1e-9;
	}
	fprintf(out, "  %5.1f %5.1f", 100 * (double)over / messages,
	        100 * (double)dropped / messages);
}

void tune_print_result(FILE *out, const struct tune_mail *mail, const struct tune_data *data,
                       const struct tune_result *result)
{
	const double *scores[] = { result->today, result->crossed, result->fitted };

	fprintf(out, "%-32s           %12s%14s%14s\n", "", "today", "crossed", "fitted");
	fprintf(out, "%-32s messages", "source");
	for (size_t i = 0; i < 3; i++)
		fprintf(out, "    >%-3g >=%-2g", result->threshold, result->discard);
	fputs("   per cent\n", out);
	for (unsigned spam = 0; spam < 2; spam++) {
		for (size_t i = 0; i < mail->sources.len; i++) {
			const struct tune_source *source = &mail->sources.items[i];

			if (source->spam != (spam != 0))
				continue;
			fprintf(out, "%-4s %-27.*s %8zu", spam ? "spam" : "ham",
			        STR_FMT(source->name), source->messages);
			for (size_t k = 0; k < 3; k++)
				print_rates(out, mail, i, scores[k], result);
			fputc('\n', out);
		}
	}
	fprintf(out, "%-41s", "AUC");
	for (size_t k = 0; k < 3; k++)
		fprintf(out, "        %.4f", tune_auc(data, scores[k]));
	fputc('\n', out);
}

void tune_print_scores(FILE *out, const struct tune_mail *mail, const int32_t *thousandths)
{
	size_t *counts = count_hits(mail), sources = mail->sources.len, unused = 0;
	char points[DECIMAL_TEXT_SIZE];

	fprintf(out, "# Written by `assay tune --fit`: points fitted to %zu %s of %zu %s.\n",
	        mail->source_of.len, plural(mail->source_of.len, "message", "messages"), sources,
	        plural(sources, "source", "sources"));
	for (size_t rule = 0; rule < mail->rules.len; rule++) {
		const struct ruleset_score *score = &mail->rules.items[rule];
		size_t hits = 0;

		for (size_t i = 0; i < sources; i++)
			hits += counts[rule * sources + i];
		if (score->fixed)
			continue;
		if (hits == 0)
			unused++;
		else
			fprintf(out, "score %-24.*s %s\n", STR_FMT(score->name),
			        decimal_format(thousandths[rule], points));
	}
	if (unused > 0)
		fputs("# These hit no message, so nothing is known of them:\n", out);
	for (size_t rule = 0; rule < mail->rules.len && unused > 0; rule++) {
		size_t hits = 0;

		for (size_t i = 0; i < sources; i++)
			hits += counts[rule * sources + i];
		if (hits == 0 && !mail->rules.items[rule].fixed)
			fprintf(out, "#   %.*s\n", STR_FMT(mail->rules.items[rule].name));
	}
	free(counts);
}
