/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay learn --status`: how much was learned, from whom, and how well it would have been known.
 */
#include <jansson.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "cli/learn.h"
#include "learn/learned.h"
#include "store/lessons_scope.h"

#define CALIBRATION_ROWS 500
/* Log loss counts no prediction as surer than this. */
#define PROBABILITY_MIN 1e-6

/* Of the newest rows whose prediction is known: the probability by which rules gave points, with
 * what was learned then. */
struct calibration {
	uint64_t learned[LEARN_LABELS]; /* before the row that comes next */
	size_t count[LEARN_LABELS], right[LEARN_LABELS];
	double squares, logs; /* sums */
};

struct scope_status {
	char name[LESSONS_SCOPE_SIZE];
	struct lessons_state state;
	struct lessons_counts counts;
	struct calibration calibration;
};

struct status {
	struct arena *arena;
	const char *only; /* scope; NULL: all */
	vec_of(struct scope_status) scopes;
};

static bool add_scope(const char *name, const struct lessons_state *state, void *context)
{
	struct status *status = context;
	struct scope_status *scope;

	if (status->only != NULL && strcmp(status->only, name) != 0)
		return true;
	scope = vec_add(status->arena, &status->scopes);
	snprintf(scope->name, sizeof(scope->name), "%s", name);
	scope->state = *state;
	return true;
}

static bool add_row(const struct lessons_found *found, void *context)
{
	struct calibration *calibration = context;
	enum learn_label label = found->row.label;
	uint64_t *learned = calibration->learned;
	double p, wrong;

	if (found->damaged)
		return true;
	if (learned[label] > 0)
		learned[label]--;
	/* Where one class is unknown, nothing is said. */
	if (found->row.log_odds == LESSON_UNPREDICTED || learned[LEARN_HAM] == 0 ||
	    learned[LEARN_SPAM] == 0)
		return true;
	p = learned_probability(found->row.log_odds / 1000.0, model_doubt_after(learned[LEARN_HAM]),
	                        learned[LEARN_HAM], learned[LEARN_SPAM]);
	wrong = label == LEARN_SPAM ? 1 - p : p;
	calibration->count[label]++;
	calibration->right[label] += wrong < 0.5;
	calibration->squares += wrong * wrong;
	calibration->logs -= log(fmax(1 - wrong, PROBABILITY_MIN));
	return true;
}

static bool read_status(struct lessons *lessons, struct status *status, struct error *err_r)
{
	struct scope_status *scope;

	if (!lessons_read_scopes(lessons, add_scope, status, err_r))
		return false;
	vec_foreach (&status->scopes, scope) {
		for (size_t i = 0; i < LEARN_LABELS; i++)
			scope->calibration.learned[i] = scope->state.count[i];
		if (!lessons_read_counts(lessons, scope->name, &scope->counts, err_r) ||
		    !lessons_read_newest(lessons, scope->name, CALIBRATION_ROWS, add_row,
		                         &scope->calibration, err_r))
			return false;
	}
	return true;
}

/* NULL where nobody noted it. */
static const char *iso_time(char text[32], int64_t time_us)
{
	time_t seconds = (time_t)(time_us / 1000000);
	struct tm tm;

	if (time_us <= 0)
		return NULL;
	gmtime_r(&seconds, &tm);
	strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return text;
}

static const char *time_shown(char text[32], int64_t time_us)
{
	const char *known = iso_time(text, time_us);

	return known != NULL ? known : "an unknown time";
}

static uint64_t of_source(const struct scope_status *scope, enum lesson_source source)
{
	return scope->counts.by_source[LEARN_HAM][source] +
	       scope->counts.by_source[LEARN_SPAM][source];
}

static size_t predicted(const struct calibration *c)
{
	return c->count[LEARN_HAM] + c->count[LEARN_SPAM];
}

static void print_calibration(const struct calibration *c)
{
	size_t count = predicted(c);

	if (count == 0)
		return;
	printf("  of the last %zu, as they were judged before they were learned:\n    right were %zu of "
	       "%zu ham and %zu of %zu spam; Brier %.4f, log loss %.4f\n",
	       count, c->right[LEARN_HAM], c->count[LEARN_HAM], c->right[LEARN_SPAM],
	       c->count[LEARN_SPAM], c->squares / (double)count, c->logs / (double)count);
}

static void print_scope(const struct scope_status *scope)
{
	char oldest[32], newest[32];

	printf("%s: %llu ham, %llu spam (%llu by hand, %llu automatic, %llu corrected); %lld kB\n",
	       lessons_scope_shown(scope->name), (unsigned long long)scope->state.count[LEARN_HAM],
	       (unsigned long long)scope->state.count[LEARN_SPAM],
	       (unsigned long long)of_source(scope, LESSON_BY_HAND),
	       (unsigned long long)of_source(scope, LESSON_AUTOMATIC),
	       (unsigned long long)of_source(scope, LESSON_CORRECTION),
	       (long long)((scope->state.bytes + 1023) / 1024));
	printf("  learned from %s to %s\n", time_shown(oldest, scope->counts.oldest_us),
	       time_shown(newest, scope->counts.newest_us));
	print_calibration(&scope->calibration);
}

static json_t *counts_json(const struct lessons_counts *counts)
{
	json_t *sources = json_object();

	for (size_t i = 0; i < LESSON_SOURCES; i++)
		json_object_set_new(sources, lesson_source_name((enum lesson_source)i),
		                    json_pack("{s:I, s:I}", "ham",
		                              (json_int_t)counts->by_source[LEARN_HAM][i], "spam",
		                              (json_int_t)counts->by_source[LEARN_SPAM][i]));
	return sources;
}

static json_t *calibration_json(const struct calibration *c)
{
	size_t count = predicted(c), right = c->right[LEARN_HAM] + c->right[LEARN_SPAM];

	if (count == 0)
		return json_null();
	return json_pack("{s:I, s:f, s:{s:I, s:I}, s:{s:I, s:I}, s:f, s:f}", "count",
	                 (json_int_t)count, "right", (double)right / (double)count, "ham", "count",
	                 (json_int_t)c->count[LEARN_HAM], "right", (json_int_t)c->right[LEARN_HAM],
	                 "spam", "count", (json_int_t)c->count[LEARN_SPAM], "right",
	                 (json_int_t)c->right[LEARN_SPAM], "brier", c->squares / (double)count,
	                 "log_loss", c->logs / (double)count);
}

static json_t *scope_json(const struct scope_status *scope)
{
	char oldest[32], newest[32];

	return json_pack(
		"{s:s, s:I, s:I, s:I, s:s?, s:s?, s:o, s:o}", "scope",
		lessons_scope_shown(scope->name), "ham", (json_int_t)scope->state.count[LEARN_HAM],
		"spam", (json_int_t)scope->state.count[LEARN_SPAM], "bytes",
		(json_int_t)scope->state.bytes, "oldest", iso_time(oldest, scope->counts.oldest_us),
		"newest", iso_time(newest, scope->counts.newest_us), "sources",
		counts_json(&scope->counts), "calibration", calibration_json(&scope->calibration));
}

static bool print_json(struct lessons *lessons, const struct status *status)
{
	json_t *scopes = json_array(), *all;
	const struct scope_status *scope;
	char *text;
	bool ok;

	vec_foreach (&status->scopes, scope)
		json_array_append_new(scopes, scope_json(scope));
	all = json_pack("{s:s, s:s, s:o}", "lessons", lessons_name(lessons), "doubt",
	                lessons_doubt(lessons), "scopes", scopes);
	text = all != NULL ? json_dumps(all, JSON_COMPACT) : NULL;
	ok = text != NULL && puts(text) != EOF;
	free(text);
	json_decref(all);
	return ok;
}

static void print_text(struct lessons *lessons, const struct status *status)
{
	const struct scope_status *scope;

	if (status->scopes.len == 0)
		printf("nothing was learned yet (%s)\n", lessons_name(lessons));
	vec_foreach (&status->scopes, scope)
		print_scope(scope);
	if (lessons_doubt(lessons)[0] != '\0')
		printf("%s\n", lessons_doubt(lessons));
}

int learn_status(const struct learn_options *options, const struct settings *settings)
{
	struct lessons *lessons = learn_open(options, settings, true);
	struct status status = { .arena = options->arena };
	struct error error;
	bool ok = true;

	if (lessons == NULL)
		return EX_TEMPFAIL;
	if (options->recipient != NULL)
		status.only = options->scope;
	if (!read_status(lessons, &status, &error)) {
		lessons_close(lessons);
		return learn_fail(&error);
	}
	if (options->json)
		ok = print_json(lessons, &status);
	else
		print_text(lessons, &status);
	lessons_close(lessons);
	return ok ? EX_OK : EX_IOERR;
}
