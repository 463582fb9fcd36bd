/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What do the dearest rules cost, on the sample of mail by which new rules are tried? */
#include <stdlib.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/doctor_check.h"
#include "scoring/assay.h"
#include "update/canary_sample.h"

/* Enough to tell the dear ones. */
#define MESSAGES_MAX 100
#define ROUNDS       3
/* All rules that come with us together take as much of a message; and of what all take, so large a
 * part is too much for one. */
#define DEAR_US    500
#define DEAR_SHARE 0.25
#define TOLD_MAX   3

/* As the trial of new rules does: without the network. */
static void score(const struct policy *policy, const struct canary_message *message)
{
	struct arena *arena = arena_new();
	struct envelope envelope = { .received_at = time(NULL) };
	size_t max = (size_t)policy->settings.max_message_size;
	struct assay_input input = {
		.raw = str_prefix(message->text, max),
		.envelope = &envelope,
		.deadline = deadline_in_ms(policy->settings.scan_timeout),
		.truncated = message->text.len > max,
		.stored = true,
	};

	assay_message(arena, policy, &input);
	arena_free(arena);
}

/* From all over the sample. */
static size_t score_some(const struct policy *policy, const struct canary_sample *sample)
{
	size_t step = sample->len / MESSAGES_MAX + 1, count = 0;

	for (size_t i = 0; i < sample->len; i += step, count++)
		score(policy, &sample->items[i]);
	return count;
}

/* What the last round took. */
static uint64_t cost_before(const struct ruleset_cost_list *before, struct str name)
{
	const struct ruleset_cost *cost;

	vec_foreach (before, cost) {
		if (str_eq(cost->name, name))
			return cost->ns;
	}
	return 0;
}

/* Other programs only add to what a rule takes, so the least of some rounds is what it does take.
 */
static void take_least(struct arena *arena, const struct ruleset_cost_list *before,
                       const struct ruleset_cost_list *after, struct ruleset_cost_list *least)
{
	const struct ruleset_cost *cost;

	vec_foreach (after, cost) {
		struct ruleset_cost round = *cost;
		size_t at = 0;

		round.ns -= cost_before(before, cost->name);
		while (at < least->len && !str_eq(least->items[at].name, cost->name))
			at++;
		if (at == least->len)
			vec_push(arena, least, round);
		else if (round.ns < least->items[at].ns)
			least->items[at].ns = round.ns;
	}
}

static int by_cost(const void *a, const void *b)
{
	const struct ruleset_cost *x = a, *y = b;

	return x->ns < y->ns ? 1 : x->ns > y->ns ? -1 : 0;
}

static size_t measure(struct doctor *doctor, const struct policy *policy,
                      const struct canary_sample *sample, struct ruleset_cost_list *least)
{
	struct ruleset_cost_list before = { 0 }, after;
	size_t messages = 0;

	for (int i = 0; i < ROUNDS; i++) {
		messages = score_some(policy, sample);
		ruleset_list_costs(policy->ruleset, doctor->arena, &after);
		take_least(doctor->arena, &before, &after, least);
		before = after;
	}
	if (least->len > 0)
		qsort(least->items, least->len, sizeof(*least->items), by_cost);
	return messages > 0 ? messages : 1;
}

static void judge(struct doctor *doctor, const struct ruleset_cost_list *costs, size_t messages)
{
	double all = 0;
	size_t told = 0;

	for (size_t i = 0; i < costs->len; i++)
		all += (double)costs->items[i].ns;
	for (size_t i = 0; i < costs->len && told < TOLD_MAX; i++) {
		const struct ruleset_cost *cost = &costs->items[i];
		double us = (double)cost->ns / 1000 / (double)messages;

		if (us < DEAR_US || (double)cost->ns < DEAR_SHARE * all)
			break;
		doctor_tell(
			doctor, DOCTOR_WARNING,
			arena_printf(doctor->arena,
		                     "rewrite its pattern, or in rules.d: score %.*s 0; assay "
		                     "score --profile shows all",
		                     STR_FMT(cost->name)),
			"the rule %.*s takes %.1f ms of each message, %.0f %% of what all rules "
			"take",
			STR_FMT(cost->name), us / 1000, 100.0 * (double)cost->ns / all);
		told++;
	}
	if (costs->len == 0)
		doctor_tell(doctor, DOCTOR_FINE, STR(""), "no rule has to be tried on its own");
	else if (told == 0)
		doctor_tell(doctor, DOCTOR_FINE, STR(""),
		            "all rules take %.2f ms of a message, the dearest, %.*s, %.3f",
		            all / 1e6 / (double)messages, STR_FMT(costs->items[0].name),
		            (double)costs->items[0].ns / 1e6 / (double)messages);
}

void doctor_cost(struct doctor *doctor)
{
	struct cli_conf conf = { .path = doctor->path, .local = true, .profile = true };
	struct ruleset_cost_list costs = { 0 };
	struct canary_sample sample;
	struct problems problems;
	struct policy *policy;
	size_t messages;

	problems_init(&problems, doctor->arena);
	policy = cli_load_policy(&conf, &problems);
	if (policy == NULL) {
		doctor_tell(doctor, DOCTOR_UNKNOWN, STR("assay check-config"),
		            "the rules can't be loaded");
		return;
	}
	canary_sample_read(doctor->arena, &policy->settings, &sample, &problems);
	messages = measure(doctor, policy, &sample, &costs);
	judge(doctor, &costs, messages);
	policy_free(policy);
}
