/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay tune`: scores of rules by the mail that they hit. */
#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/decimal.h"
#include "base/memory.h"
#include "cli/cli.h"
#include "cli/thresholds.h"
#include "cli/tune_options.h"
#include "cli/tune_output.h"
#include "setup/setup.h"

/* Points of one rule at most, unless --limit says otherwise. */
#define POINTS_MAX 3500
#define GOOD_MAX   1500
/* A rule that hits more of good mail than of spam accuses nobody. */
#define DUBIOUS_MAX 400
/* A rule of 0 points is off, and counts for no other: it keeps this. */
#define POINTS_LEAST 1

/* Points of every rule and scores of every message, in the three ways. */
struct tuning {
	const struct tune_options *options;
	struct tune_data data;
	struct tune_result result;
	double *points;
	int32_t *thousandths;
};

static double limit_of(const struct tune_options *options, const struct ruleset_score *rule)
{
	double limit = (rule->good ? GOOD_MAX : POINTS_MAX) / 1000.0;
	char *name = arena_cstr(options->arena, rule->name);

	for (size_t i = 0; i < options->limits.len; i++)
		if (fnmatch(options->limits.items[i].name, name, 0) == 0)
			limit = options->limits.items[i].number;
	return limit;
}

static void set_rules(struct tuning *tuning)
{
	const struct tune_options *options = tuning->options;
	const struct tune_mail *mail = options->mail;
	struct tune_rule *rules = arena_calloc(options->arena, mail->rules.len + 1, sizeof(*rules));

	for (size_t i = 0; i < mail->rules.len; i++) {
		const struct ruleset_score *score = &mail->rules.items[i];
		double limit = limit_of(options, score), least = POINTS_LEAST / 1000.0;

		if (!score->good && tune_hit_rate(mail, i, false) >= tune_hit_rate(mail, i, true))
			limit = fmin(limit, DUBIOUS_MAX / 1000.0);
		rules[i] = (struct tune_rule){ .prior = score->score / 1000.0,
			                       .min = score->good ? -limit : least,
			                       .max = score->good ? -least : limit };
	}
	tuning->data.rules = rules;
	tuning->data.rule_count = mail->rules.len;
}

static bool set_sources(struct tuning *tuning)
{
	const struct tune_options *options = tuning->options;
	const struct tune_mail *mail = options->mail;
	double *weights = arena_calloc(options->arena, mail->sources.len, sizeof(*weights));
	bool ok = true;

	for (size_t i = 0; i < mail->sources.len; i++)
		weights[i] = 1;
	for (size_t i = 0; i < options->weights.len; i++) {
		bool known = false;

		for (size_t k = 0; k < mail->sources.len; k++) {
			if (!str_eq(mail->sources.items[k].name,
			            str_from(options->weights.items[i].name)))
				continue;
			weights[k] = options->weights.items[i].number;
			known = true;
		}
		if (!known)
			cli_usage_error("tune",
			                "--weight names the source \"%s\", which isn't there",
			                options->weights.items[i].name);
		ok = ok && known;
	}
	tuning->data.source_weights = weights;
	tuning->data.source_count = mail->sources.len;
	return ok;
}

static double *score_rows(const struct tuning *tuning, const double *points)
{
	const struct tune_data *data = &tuning->data;
	double *scores = arena_calloc(tuning->options->arena, data->row_count + 1, sizeof(*scores));

	for (size_t i = 0; i < data->row_count; i++)
		scores[i] = tune_score(&data->rows[i], points);
	return scores;
}

/* Each source by a fit to the others; one name is one source, whatever kinds it has. */
static double *cross(const struct tuning *tuning)
{
	const struct tune_data *data = &tuning->data;
	struct arena *arena = tuning->options->arena;
	double *scores = arena_calloc(arena, data->row_count + 1, sizeof(*scores));
	double *points = arena_calloc(arena, data->rule_count + 1, sizeof(*points));
	struct tune_settings once = tuning->options->fit;

	once.bags = 0;
	for (size_t source = 0; source < data->source_count; source++) {
		tune_fit(data, &once, source, points);
		for (size_t i = 0; i < data->row_count; i++)
			if (data->rows[i].source == source)
				scores[i] = tune_score(&data->rows[i], points);
	}
	return scores;
}

static void fit(struct tuning *tuning)
{
	struct arena *arena = tuning->options->arena;
	const struct tune_mail *mail = tuning->options->mail;
	double *today = arena_calloc(arena, mail->rules.len + 1, sizeof(*today));

	for (size_t i = 0; i < mail->rules.len; i++)
		today[i] = mail->rules.items[i].score / 1000.0;
	tuning->result.today = score_rows(tuning, today);
	tuning->points = arena_calloc(arena, mail->rules.len + 1, sizeof(*tuning->points));
	tuning->thousandths = arena_calloc(arena, mail->rules.len + 1, sizeof(int32_t));
	tune_fit(&tuning->data, &tuning->options->fit, tuning->data.source_count, tuning->points);
	for (size_t i = 0; i < mail->rules.len; i++) {
		tuning->thousandths[i] = (int32_t)lround(tuning->points[i] * 1000);
		tuning->points[i] = tuning->thousandths[i] / 1000.0;
	}
	tuning->result.fitted = score_rows(tuning, tuning->points);
	tuning->result.crossed = tuning->options->no_cross ? tuning->result.fitted : cross(tuning);
}

static int write_scores(const struct tuning *tuning)
{
	const char *path = tuning->options->output;
	FILE *out = path != NULL ? fopen(path, "we") : stdout;

	if (out != NULL)
		tune_print_scores(out, tuning->options->mail, tuning->thousandths);
	if (out == NULL || fflush(out) != 0 || (path != NULL && fclose(out) != 0)) {
		fprintf(stderr, "assay tune: %s: can't be written: %s\n",
		        path != NULL ? path : "stdout", strerror(errno));
		return EX_CANTCREAT;
	}
	return EX_OK;
}

static int run_fit(struct tune_options *options, const struct policy *policy)
{
	struct tuning tuning = { .options = options };

	options->fit.threshold = policy->settings.required_score / 1000.0;
	tuning.result.threshold = options->fit.threshold;
	tuning.result.discard = policy->settings.forward_discard_score / 1000.0;
	tuning.data.rows = options->mail->rows;
	tuning.data.row_count = tune_mail_count(options->mail);
	set_rules(&tuning);
	if (!set_sources(&tuning))
		return EX_USAGE;
	fit(&tuning);
	tune_print_result(stdout, options->mail, &tuning.data, &tuning.result);
	return write_scores(&tuning);
}

/* The points of rules, with those that are tried. */
static int32_t *points_to_try(const struct tune_options *options)
{
	const struct tune_mail *mail = options->mail;
	int32_t *points = arena_calloc(options->arena, mail->rules.len + 1, sizeof(*points));
	const struct tune_score *given;

	for (size_t i = 0; i < mail->rules.len; i++) {
		points[i] = mail->rules.items[i].score;
		vec_foreach (&options->records.scores, given)
			if (str_eq(given->rule, mail->rules.items[i].name))
				points[i] = given->points;
	}
	return points;
}

static int run_thresholds(const struct tune_options *options, const struct policy *policy)
{
	const struct tune_records_options *tried = &options->records;
	struct threshold_scores scores =
		threshold_scores(options->arena, options->mail, points_to_try(options));

	threshold_print(stdout, &scores,
	                tried->has_required_score ? tried->required_score
	                                          : policy->settings.required_score,
	                tried->limit);
	if (options->has_rate)
		threshold_print_rate(stdout, &scores, options->rate);
	return EX_OK;
}

static int run(struct tune_options *options)
{
	struct problems problems;
	struct policy *policy;
	int status = EX_OK;

	problems_init(&problems, options->arena);
	options->conf.local = true;
	policy = cli_load_policy(&options->conf, &problems);
	setup_print_problems(&problems);
	if (policy == NULL)
		return EX_CONFIG;
	tune_mail_score(options->mail, policy, options->jobs);
	for (size_t i = 0; i < options->mail->unread.len; i++) {
		fprintf(stderr, "assay tune: %.*s\n", STR_FMT(options->mail->unread.items[i]));
		status = EX_NOINPUT;
	}
	if (status == EX_OK && options->mail->rules.len > TUNE_RULES_MAX) {
		fprintf(stderr, "assay tune: there are more than %d rules\n", TUNE_RULES_MAX);
		status = EX_CONFIG;
	}
	if (status == EX_OK && options->task == TUNE_HITS)
		tune_print_hits(stdout, options->mail);
	else if (status == EX_OK && options->task == TUNE_FIT)
		status = run_fit(options, policy);
	else if (status == EX_OK)
		status = run_thresholds(options, policy);
	policy_free(policy);
	return status;
}

int cli_tune(int argc, char **argv)
{
	struct tune_options options = { .arena = arena_new() };
	int status;

	options.mail = tune_mail_new(options.arena);
	status = tune_options_read(&options, argc, argv);
	if (status < 0)
		status = options.mail->sources.len > 0 ? run(&options)
		                                       : tune_records(&options.records);
	tune_mail_free(options.mail);
	arena_free(options.arena);
	return status;
}
