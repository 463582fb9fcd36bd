/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "update/canary.h"

#include <stdlib.h>
#include <time.h>

#include "base/decimal.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "scoring/assay.h"
#include "update/canary_meter.h"
#include "update/canary_sample.h"

/* Messages whose changes are told one by one, and rules of each. */
#define TOLD_MAX  10
#define RULES_MAX 5
/* Noise only adds to what a message costs, so the least of some rounds is what it does cost. */
#define COST_MESSAGES_MAX 200
#define COST_ROUNDS       5
/* Rules are too dear only where they are so time after time. */
#define COST_TRIES 3

struct trial {
	struct arena *arena;
	const struct canary_input *input;
	struct canary_sample sample;
	struct canary_result *result;
	struct problems *problems;
};

struct points {
	struct str rule;
	int32_t before, after;
	bool was;
};

static const struct assay *score(struct arena *arena, const struct policy *policy,
                                 const struct canary_message *message)
{
	const struct settings *settings = &policy->settings;
	size_t max = (size_t)settings->max_message_size;
	struct envelope *envelope = arena_new_object(arena, struct envelope);
	struct assay_input *input = arena_new_object(arena, struct assay_input);

	envelope->received_at = time(NULL);
	*input = (struct assay_input){
		.raw = str_prefix(message->text, max),
		.envelope = envelope,
		.deadline = deadline_in_ms(settings->scan_timeout),
		.truncated = message->text.len > max,
		.stored = true,
	};
	return assay_message(arena, policy, input);
}

static int32_t gain(const struct points *points)
{
	return points->after - points->before;
}

static int by_gain(const void *a, const void *b)
{
	int32_t x = abs(gain(a)), y = abs(gain(b));

	return x < y ? 1 : x > y ? -1 : 0;
}

/* What the hits of a message are worth more, or less. */
static struct str name_rules(struct arena *arena, const struct hits *before,
                             const struct hits *after)
{
	struct map *known = map_new(arena, MAP_EXACT);
	size_t count = 0, told = 0;
	struct points *points = arena_calloc(
		arena, (before != NULL ? before->len : 0) + after->len + 1, sizeof(*points));
	char text[DECIMAL_TEXT_SIZE];
	struct strbuf names;

	for (size_t i = 0; before != NULL && i < before->len; i++) {
		points[count] = (struct points){ .rule = before->items[i].name,
			                         .before = before->items[i].score,
			                         .was = true };
		map_set(known, points[count].rule, &points[count]);
		count++;
	}
	for (size_t i = 0; i < after->len; i++) {
		struct points *point = map_get(known, after->items[i].name);

		if (point == NULL)
			point = &points[count++];
		point->rule = after->items[i].name;
		point->after = after->items[i].score;
	}
	qsort(points, count, sizeof(*points), by_gain);
	strbuf_init(&names, arena);
	for (size_t i = 0; i < count && told < RULES_MAX && gain(&points[i]) != 0; i++, told++) {
		strbuf_printf(&names, "%s%.*s=%s", told > 0 ? ", " : "", STR_FMT(points[i].rule),
		              decimal_format(points[i].after, text));
		if (points[i].was)
			strbuf_printf(&names, " (was %s)", decimal_format(points[i].before, text));
	}
	return strbuf_str(&names);
}

static bool is_spam(const struct policy *policy, const struct assay *assay)
{
	return assay->score > policy->settings.required_score;
}

static bool is_dropped(const struct policy *policy, const struct assay *assay)
{
	return assay->score >= policy->settings.forward_discard_score;
}

static void note_change(struct trial *trial, const struct canary_message *message,
                        const struct assay *before, const struct assay *after)
{
	const struct policy *now = trial->input->now, *next = trial->input->next;
	bool was_spam = before != NULL && is_spam(now, before);
	bool was_dropped = before != NULL && is_dropped(now, before);
	struct canary_result *result = trial->result;
	struct canary_change change = {
		.name = message->name,
		.spam = message->spam,
		.before = before != NULL ? before->score : 0,
		.after = after->score,
		.new_spam = !message->spam && !was_spam && is_spam(next, after),
		.new_discard = !message->spam && !was_dropped && is_dropped(next, after),
	};

	result->new_spam += change.new_spam;
	result->new_discards += change.new_discard;
	result->caught += message->spam && !was_spam && is_spam(next, after);
	result->missed += message->spam && was_spam && !is_spam(next, after);
	if (!change.new_spam && !change.new_discard && was_spam == is_spam(next, after))
		return;
	change.rules = arena_str(
		trial->arena,
		name_rules(trial->arena, before != NULL ? before->hits : NULL, after->hits));
	vec_push(trial->arena, &result->changes, change);
}

static void replay(struct trial *trial)
{
	const struct canary_message *message;

	vec_foreach (&trial->sample, message) {
		struct arena *arena = arena_new();
		const struct policy *now = trial->input->now;
		const struct assay *before = now != NULL ? score(arena, now, message) : NULL;

		note_change(trial, message, before, score(arena, trial->input->next, message));
		if (message->spam)
			trial->result->spam++;
		else
			trial->result->ham++;
		arena_free(arena);
	}
}

static int64_t measure(const struct canary_meter *meter, const struct policy *policy,
                       const struct canary_message *message, int64_t least)
{
	struct arena *arena = arena_new();
	int64_t start = canary_meter_read(meter), cost;

	score(arena, policy, message);
	cost = canary_meter_read(meter) - start;
	arena_free(arena);
	return least == 0 || cost < least ? cost : least;
}

/* Of the same messages by turns, in thousandths; 0 where nothing can be measured. */
static int32_t compare_cost_once(const struct trial *trial, const struct canary_meter *meter)
{
	size_t count =
		trial->sample.len < COST_MESSAGES_MAX ? trial->sample.len : COST_MESSAGES_MAX;
	int64_t now_sum = 0, next_sum = 0;

	for (size_t i = 0; i < count; i++) {
		const struct canary_message *message =
			&trial->sample.items[i * trial->sample.len / count];
		int64_t now = 0, next = 0;

		for (int round = 0; round < COST_ROUNDS; round++) {
			now = measure(meter, trial->input->now, message, now);
			next = measure(meter, trial->input->next, message, next);
		}
		now_sum += now;
		next_sum += next;
	}
	if (now_sum <= 0)
		return 0;
	next_sum = next_sum * 1000 / now_sum;
	return next_sum < DECIMAL_MAX ? (int32_t)next_sum : DECIMAL_MAX;
}

static void compare_cost(struct trial *trial)
{
	struct canary_meter meter = canary_meter_open();
	struct canary_result *result = trial->result;

	result->by_instructions = meter.fd >= 0;
	for (int i = 0; i < COST_TRIES; i++) {
		int32_t cost = compare_cost_once(trial, &meter);

		if (i == 0 || cost < result->cost)
			result->cost = cost;
		if (result->cost <= trial->input->settings->canary_max_cost)
			break;
	}
	canary_meter_close(&meter);
}

/* The first reason is that of the result. */
static void refuse(struct trial *trial, const char *key, struct str reason)
{
	problems_add(trial->problems, PROBLEM_ERROR, settings_place_of(trial->input->settings, key),
	             "%.*s", STR_FMT(reason));
	if (trial->result->reason.len == 0)
		trial->result->reason = reason;
}

static void tell_changes(struct trial *trial)
{
	const struct canary_change *change;
	size_t told = 0;

	vec_foreach (&trial->result->changes, change) {
		char before[DECIMAL_TEXT_SIZE], after[DECIMAL_TEXT_SIZE];

		if ((!change->new_spam && !change->new_discard) || told++ == TOLD_MAX)
			continue;
		if (told > TOLD_MAX)
			break;
		problems_add(trial->problems, PROBLEM_ERROR, NULL,
		             "canary: good message %.*s: %s instead of %s; by %.*s",
		             STR_FMT(change->name), decimal_format(change->after, after),
		             decimal_format(change->before, before), STR_FMT(change->rules));
	}
}

static void judge_mail(struct trial *trial)
{
	const struct settings *settings = trial->input->settings;
	const struct canary_result *result = trial->result;
	char limit[DECIMAL_TEXT_SIZE];

	if ((int64_t)result->new_spam * 100000 >
	    (int64_t)settings->canary_max_new_spam * (int64_t)result->ham)
		refuse(trial, "canary_max_new_spam",
		       arena_printf(trial->arena,
		                    "canary: %zu of %zu good messages would become spam; "
		                    "canary_max_new_spam is %s%%",
		                    result->new_spam, result->ham,
		                    decimal_format(settings->canary_max_new_spam, limit)));
	if ((int64_t)result->new_discards > settings->canary_max_new_discards)
		refuse(trial, "canary_max_new_discards",
		       arena_printf(trial->arena,
		                    "canary: %zu of %zu good messages would be dropped where they "
		                    "are forwarded; canary_max_new_discards is %lld",
		                    result->new_discards, result->ham,
		                    (long long)settings->canary_max_new_discards));
	if (result->reason.len > 0)
		tell_changes(trial);
}

static void judge_cost(struct trial *trial)
{
	const struct settings *settings = trial->input->settings;
	char cost[DECIMAL_TEXT_SIZE], limit[DECIMAL_TEXT_SIZE];

	if (trial->result->cost > settings->canary_max_cost)
		refuse(trial, "canary_max_cost",
		       arena_printf(
			       trial->arena,
			       "canary: a message costs %s times as much %s; canary_max_cost is "
			       "%s; `assay score --profile` names the dearest rules",
			       decimal_format(trial->result->cost, cost),
			       trial->result->by_instructions ? "instructions" : "processor time",
			       decimal_format(settings->canary_max_cost, limit)));
}

bool canary_try(struct arena *arena, const struct canary_input *input,
                struct canary_result *result_r, struct problems *problems)
{
	struct trial trial = {
		.arena = arena, .input = input, .result = result_r, .problems = problems
	};

	*result_r = (struct canary_result){ 0 };
	canary_sample_read(arena, input->settings, &trial.sample, problems);
	replay(&trial);
	judge_mail(&trial);
	if (input->now != NULL && input->compare_cost) {
		compare_cost(&trial);
		judge_cost(&trial);
	}
	return result_r->reason.len == 0;
}
