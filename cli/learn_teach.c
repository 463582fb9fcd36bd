/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Messages are scored as the filter would, but without asking the network, then added to the
 * journal, some at a time in one commit. What the model said of each before is kept with it.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/learn.h"
#include "cli/progress.h"
#include "scoring/arrival.h"
#include "setup/setup.h"
#include "store/lesson_message.h"
#include "store/lesson_score.h"
#include "store/lessons_model.h"
#include "store/lessons_place.h"

/* Messages of one commit. */
#define BATCH 64
/* Surer than any model is. */
#define LOG_ODDS_MAX 1e6

struct teaching {
	const struct learn_options *options;
	const struct policy *policy;
	struct lessons *lessons;
	struct learn_key key;
	struct lessons_model model; /* for what it says of messages before they are learned */
	struct arena *arena;        /* of the batch */
	struct lesson_row rows[BATCH];
	size_t row_count;
	size_t outcomes[LESSON_OVERRULED + 1];
	size_t forgotten, unknown;
	int status; /* the worst so far */
};

static int32_t thousandths(double log_odds)
{
	return (int32_t)(fmin(fmax(log_odds, -LOG_ODDS_MAX), LOG_ODDS_MAX) * 1000);
}

static enum learn_label label_of(const struct learn_options *options)
{
	return options->task == LEARN_TASK_SPAM ? LEARN_SPAM : LEARN_HAM;
}

static bool commit(struct teaching *teaching)
{
	enum lesson_outcome outcomes[BATCH];
	struct error error;

	if (teaching->row_count == 0)
		return true;
	if (!lessons_add(teaching->lessons, teaching->options->scope, teaching->rows,
	                 teaching->row_count, outcomes, &error)) {
		teaching->status = learn_fail(&error);
		return false;
	}
	for (size_t i = 0; i < teaching->row_count; i++)
		teaching->outcomes[outcomes[i]]++;
	teaching->row_count = 0;
	arena_free(teaching->arena);
	teaching->arena = arena_new();
	return true;
}

static bool refuse(struct teaching *teaching, const struct mail_item *item, const char *why)
{
	fprintf(stderr, "assay learn: %s: %s\n", item->name, why);
	teaching->status = EX_DATAERR;
	return true;
}

static unsigned bits_of(const struct teaching *teaching)
{
	return lessons_place_bits(&teaching->policy->settings);
}

/* What the model says before it learns it. This one only tells that, so that it may learn at once
 * what turns out to be known; the journal's is the replay of its rows. */
static void predict(struct teaching *teaching, struct lesson_row *row,
                    const struct features *features)
{
	if (teaching->model.model != NULL)
		row->log_odds = thousandths(model_log_odds(teaching->model.model, features));
	else
		teaching->model.model = model_new(bits_of(teaching));
	model_learn(teaching->model.model, features, row->label, lesson_row_weight(row));
}

static bool learn_message(struct teaching *teaching, const struct mail_item *item, struct str text)
{
	struct lesson_row *row = &teaching->rows[teaching->row_count];
	const struct learned_models models = { .key = &teaching->key };
	const struct assay *assay;
	struct arena *arena = arena_new();
	bool ok;

	assay = lesson_score(arena, teaching->policy, &models, text);
	ok = lesson_message_row(arena, teaching->policy, assay, row);
	if (!ok) {
		arena_free(arena);
		return refuse(teaching, item, "it could not be scanned");
	}
	row->label = label_of(teaching->options);
	row->source = teaching->options->source;
	row->time_us = clock_wall_us();
	row->features = arena_str(teaching->arena, row->features);
	predict(teaching, row, assay->learned->features);
	arena_free(arena);
	teaching->row_count++;
	return teaching->row_count < BATCH || commit(teaching);
}

static bool forget_message(struct teaching *teaching, struct str text)
{
	struct message_limits limits = message_default_limits();
	struct arena *arena = arena_new();
	struct str identity;
	struct error error;
	bool found = false, ok;

	limits.max_bytes = (size_t)teaching->policy->settings.max_message_size;
	identity = lesson_message_identity(arena, teaching->policy,
	                                   message_parse(arena, text, &limits));
	ok = lessons_forget(teaching->lessons, teaching->options->scope,
	                    arena_cstr(arena, identity), &found, &error);
	arena_free(arena);
	if (!ok)
		teaching->status = learn_fail(&error);
	if (found)
		teaching->forgotten++;
	else
		teaching->unknown++;
	return ok;
}

/* False where nothing more can be learned. */
static bool take_message(struct teaching *teaching, const struct mail_item *item)
{
	struct arena *arena = arena_new();
	struct error error;
	struct str text;
	bool ok;

	if (!mail_item_read(arena, item, &text, &error)) {
		fprintf(stderr, "assay learn: %s\n", error.text);
		teaching->status = EX_NOINPUT;
		arena_free(arena);
		return true;
	}
	text = arrival_text(arena, teaching->policy, text);
	if (str_trim(text).len == 0)
		ok = refuse(teaching, item, "there is no message in it");
	else if (teaching->options->task == LEARN_TASK_FORGET)
		ok = forget_message(teaching, text);
	else
		ok = learn_message(teaching, item, text);
	arena_free(arena);
	return ok;
}

static void print_result(const struct teaching *teaching)
{
	const size_t *outcomes = teaching->outcomes;

	if (teaching->options->task == LEARN_TASK_FORGET) {
		printf("%zu forgotten, %zu not known\n", teaching->forgotten, teaching->unknown);
		return;
	}
	printf("%s: %zu learned, %zu changed, %zu known already\n",
	       lesson_label_name(label_of(teaching->options)), outcomes[LESSON_LEARNED],
	       outcomes[LESSON_CHANGED], outcomes[LESSON_KNOWN]);
}

/* So that the next who asks needs not learn all of it anew; and what is too old goes. */
static void finish(struct teaching *teaching)
{
	const struct settings *settings = &teaching->policy->settings;
	const char *scope = teaching->options->scope;
	const struct lessons_limits limits = {
		.since_us = lessons_oldest_kept(clock_wall_us(), settings->lessons_keep),
		.max_bytes = settings->lessons_max_size,
	};
	struct lessons_model model = { 0 };
	struct error error;
	size_t dropped;

	if (!lessons_expire(teaching->lessons, scope, &limits, &dropped, &error) ||
	    !lessons_model_update(teaching->lessons, scope, bits_of(teaching), &model, &error))
		fprintf(stderr, "assay learn: %s\n", error.text);
	lessons_model_keep(teaching->lessons, scope, &model);
	model_free(model.model);
}

static int teach_all(struct teaching *teaching, struct mail_source *source)
{
	struct progress progress;
	struct mail_item item;

	progress_begin(&progress, mail_source_count(source));
	while (mail_source_next(source, &item) && take_message(teaching, &item))
		progress_step(&progress, item.number + 1);
	if (teaching->status != EX_TEMPFAIL)
		commit(teaching);
	progress_end(&progress);
	print_result(teaching);
	finish(teaching);
	return teaching->status;
}

static int open_and_teach(struct teaching *teaching, struct mail_source *source)
{
	unsigned char key[LEARN_KEY_BYTES];
	struct error error;
	bool exists;

	teaching->lessons = learn_open(teaching->options, &teaching->policy->settings, false);
	if (teaching->lessons == NULL)
		return EX_TEMPFAIL;
	if (lessons_doubt(teaching->lessons)[0] != '\0')
		fprintf(stderr, "assay learn: %s\n", lessons_doubt(teaching->lessons));
	if (!lessons_key(teaching->lessons, key, &exists, &error) ||
	    !lessons_model_update(teaching->lessons, teaching->options->scope, bits_of(teaching),
	                          &teaching->model, &error))
		return learn_fail(&error);
	teaching->key = learn_key_read(key);
	return teach_all(teaching, source);
}

int learn_by_policy(const struct learn_options *options, const struct policy *policy,
                    struct mail_source *source)
{
	struct teaching *teaching = arena_new_object(options->arena, struct teaching);
	int status;

	teaching->options = options;
	teaching->policy = policy;
	teaching->arena = arena_new();
	status = open_and_teach(teaching, source);
	model_free(teaching->model.model);
	lessons_close(teaching->lessons);
	arena_free(teaching->arena);
	return status;
}

int learn_teach(const struct learn_options *options, struct mail_source *source)
{
	struct problems problems;
	struct policy *policy;
	int status;

	problems_init(&problems, options->arena);
	policy = cli_load_policy(&options->conf, &problems);
	setup_print_problems(&problems);
	if (policy == NULL)
		return EX_CONFIG;
	status = learn_by_policy(options, policy, source);
	policy_free(policy);
	return status;
}
