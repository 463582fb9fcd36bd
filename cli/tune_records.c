/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/tune_records.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>

#include "base/decimal.h"
#include "base/map.h"
#include "base/plural.h"
#include "base/shown.h"
#include "base/suggest.h"
#include "cli/tune_json.h"
#include "scoring/settings_change.h"
#include "setup/setup.h"
#include "store/retrial.h"

/* Domains that are counted in the text. */
#define ACCOUNTS_SHOWN 20

struct run {
	const struct tune_records_options *options;
	size_t listed;
	/* As text, counts come before the list, which is made meanwhile. */
	struct strbuf list;
};

static const char *shown(struct arena *arena, const char *text)
{
	return arena_cstr(arena, shown_text(arena, str_from(text)));
}

static void list_change(struct strbuf *list, const struct retrial_change *change)
{
	const struct record *record = change->record;
	char before[DECIMAL_TEXT_SIZE], after[DECIMAL_TEXT_SIZE], when[40] = "";
	time_t seconds = (time_t)(record->time_us / 1000000);
	struct arena *arena = arena_new();
	struct tm tm;

	if (localtime_r(&seconds, &tm) != NULL)
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M", &tm);
	strbuf_printf(list, "%s  %9s -> %-9s  %s", when, retrial_action_name(change->before),
	              retrial_action_name(change->after), decimal_format(record->score, before));
	if (change->score != record->score)
		strbuf_printf(list, " -> %s", decimal_format(change->score, after));
	strbuf_printf(list, "  %s  %s  %s%s%s%s%s\n", record->scan_id,
	              record->sender[0] != '\0' ? shown(arena, record->sender) : "<>",
	              shown(arena, record->recipient), record->destination[0] != '\0' ? " -> " : "",
	              shown(arena, record->destination), record->subject[0] != '\0' ? "  " : "",
	              shown(arena, record->subject));
	arena_free(arena);
}

static bool take_change(const struct retrial_change *change, void *context)
{
	struct run *run = context;

	if (run->listed == run->options->limit)
		return true;
	run->listed++;
	if (run->options->json)
		tune_json_change(change);
	else
		list_change(&run->list, change);
	return !ferror(stdout);
}

static void print_transitions(const size_t changes[RETRIAL_ACTION_COUNT][RETRIAL_ACTION_COUNT])
{
	for (int before = 0; before < RETRIAL_ACTION_COUNT; before++)
		for (int after = 0; after < RETRIAL_ACTION_COUNT; after++)
			if (before != after && changes[before][after] > 0)
				printf("%8zu  %s -> %s\n", changes[before][after],
				       retrial_action_name((enum retrial_action)before),
				       retrial_action_name((enum retrial_action)after));
}

static void print_accounts(struct arena *arena, const struct retrial_summary *summary)
{
	const struct retrial_account *account;
	size_t count = 0;

	puts("\nby the domain of recipients:");
	vec_foreach (&summary->accounts, account) {
		const char *before = "  ";

		if (count++ == ACCOUNTS_SHOWN)
			break;
		printf("%8zu  %.*s:", account->changed,
		       STR_FMT(shown_text(arena, account->domain)));
		for (int i = 0; i < RETRIAL_ACTION_COUNT; i++) {
			for (int k = 0; k < RETRIAL_ACTION_COUNT; k++) {
				if (i == k || account->changes[i][k] == 0)
					continue;
				printf("%s%zu %s -> %s", before, account->changes[i][k],
				       retrial_action_name((enum retrial_action)i),
				       retrial_action_name((enum retrial_action)k));
				before = ", ";
			}
		}
		putchar('\n');
	}
	if (summary->accounts.len > ACCOUNTS_SHOWN)
		printf("          and %zu more\n", summary->accounts.len - ACCOUNTS_SHOWN);
}

static void print_summary(const struct run *run, const struct retrial_summary *summary)
{
	const struct tune_records_options *options = run->options;

	printf("%zu of %zu %s, with --since %s, would be treated differently%s\n", summary->changed,
	       summary->records,
	       plural(summary->records, "recipient's message", "recipients' messages"),
	       options->since, summary->changed > 0 ? ":" : ".");
	if (summary->changed == 0)
		return;
	print_transitions(summary->changes);
	print_accounts(options->arena, summary);
	putchar('\n');
	fwrite(run->list.data, 1, run->list.len, stdout);
	if (summary->changed > run->listed)
		printf("and %zu more; --list %zu lists them all\n", summary->changed - run->listed,
		       summary->changed);
}

/* Trying. */

static void add_points(struct map *points, struct arena *arena, struct str rule, int32_t number)
{
	int32_t *tried = arena_new_object(arena, int32_t);

	*tried = number;
	map_set(points, rule, tried);
}

/* Of the rule set, but for rules whose points are made while a message is looked at. */
static void add_rule_set(struct map *points, struct tune_records_options *options,
                         const struct policy *policy)
{
	struct ruleset_score_list list = { 0 };
	const struct ruleset_score *score;

	ruleset_list_scores(policy->ruleset, options->arena, &list);
	vec_foreach (&list, score)
		add_points(points, options->arena, score->name,
		           score->fixed ? RETRIAL_AS_RECORDED : score->score);
}

/* A rule that nobody has is a slip of the pen. */
static void check_names(struct tune_records_options *options, const struct policy *policy)
{
	struct ruleset_score_list list = { 0 };
	const struct tune_score *given;

	ruleset_list_scores(policy->ruleset, options->arena, &list);
	vec_foreach (&options->scores, given) {
		struct suggestion near = { 0 };
		bool known = false;

		for (size_t i = 0; i < list.len && !known; i++) {
			known = str_eq(list.items[i].name, given->rule);
			suggest_consider(&near, given->rule,
			                 arena_cstr(options->arena, list.items[i].name));
		}
		if (!known)
			fprintf(stderr,
			        "assay tune: the rules have no %.*s that gives points%s%s%s\n",
			        STR_FMT(given->rule), near.word != NULL ? "; did you mean " : "",
			        near.word != NULL ? near.word : "", near.word != NULL ? "?" : "");
	}
}

static struct map *points_to_try(struct tune_records_options *options, const struct policy *policy)
{
	const struct tune_score *given;
	struct map *points;

	if (options->scores.len == 0 && options->conf.rules.len == 0)
		return NULL;
	points = map_new(options->arena, MAP_EXACT);
	if (options->conf.rules.len > 0)
		add_rule_set(points, options, policy);
	check_names(options, policy);
	vec_foreach (&options->scores, given)
		add_points(points, options->arena, given->rule, given->points);
	return points;
}

static int fail(const struct error *err, int status)
{
	fprintf(stderr, "assay tune: %s\n", err->text);
	return status;
}

static int run_on(struct tune_records_options *options, struct policy *policy, struct store *store)
{
	struct run run = { .options = options };
	struct retrial_summary summary;
	struct retrial_input input = {
		.settings = &policy->settings,
		.ruleset = policy->ruleset,
		.points = points_to_try(options, policy),
		.only_these = options->conf.rules.len > 0,
		.account = options->account,
		.destination = options->destination,
		.since_us = options->since_us,
	};
	struct error err;

	if (options->has_required_score)
		settings_change_required_score(&policy->settings, policy->arena, options->account,
		                               options->required_score);
	if (options->has_discard_score)
		settings_change_discard_score(&policy->settings, policy->arena,
		                              options->destination, options->discard_score);
	strbuf_init(&run.list, options->arena);
	if (!retrial_run(store_view_staff(options->arena, store), options->arena, &input,
	                 take_change, &run, &summary, &err))
		return fail(&err, EX_IOERR);
	if (options->json)
		tune_json_summary(&summary);
	else
		print_summary(&run, &summary);
	return EX_OK;
}

int tune_records(struct tune_records_options *options)
{
	struct problems problems;
	struct policy *policy;
	struct store *store;
	struct error err;
	int status;

	problems_init(&problems, options->arena);
	policy = cli_load_policy(&options->conf, &problems);
	setup_print_problems(&problems);
	if (policy == NULL)
		return EX_CONFIG;
	store = store_open_reader(options->store != NULL
	                                  ? options->store
	                                  : arena_cstr(options->arena, policy->settings.store),
	                          &err);
	status = store != NULL ? run_on(options, policy, store) : fail(&err, EX_IOERR);
	store_close(store);
	policy_free(policy);
	return status;
}
