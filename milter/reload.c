/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/reload.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "milter/in_flight.h"
#include "milter/notify.h"
#include "milter/reload_asks.h"
#include "milter/rules_restore.h"
#include "milter/rules_watch.h"
#include "milter/rules_watch_file.h"
#include "milter/stall.h"
#include "scoring/rule_paths.h"
#include "scoring/setting_key.h"
#include "update/canary.h"

/* Of ours, to the thread alone: something was asked, or it is to end. */
#define WAKING_SIGNAL SIGRTMIN

/* How often the files of forward maps are looked at, and what many messages at once left free is
 * given back. */
#define CHECK_S 5
/* As long as the largest rule set may take to compile. */
#define RELOAD_MS (15 * 60 * 1000)
/* A map that can't be read is tried again after this time, so that the log isn't filled. */
#define RETRY_MS (60 * 1000)

static struct reload_context *context;
static pthread_t thread;
static atomic_bool stopping;
/* Rules that were taken back are still on disk, so only somebody who asks for it gets them loaded.
 */
static bool distrust_disk;

/* Of the last reload. */
static pthread_mutex_t last_lock = PTHREAD_MUTEX_INITIALIZER;
static struct arena *last_arena; /* NULL: there was none */
static struct reload_result last;

bool reload_log_problems(const struct problems *problems)
{
	const struct problem *problem;

	vec_foreach (problems, problem) {
		if (problem->severity == PROBLEM_ERROR)
			log_error(NULL, "%.*s", STR_FMT(problem->text));
		else
			log_warning(NULL, "%.*s", STR_FMT(problem->text));
	}
	return problems->errors == 0;
}

static bool same_list(const struct str_list *a, const struct str_list *b)
{
	if (a->len != b->len)
		return false;
	for (size_t i = 0; i < a->len; i++) {
		if (!str_eq(a->items[i], b->items[i]))
			return false;
	}
	return true;
}

static bool same_value(const struct setting_key *key, const struct settings *x,
                       const struct settings *y)
{
	const void *a = (const char *)x + key->offset, *b = (const char *)y + key->offset;

	switch (key->type) {
	case SETTING_TEXT:
	case SETTING_TAG:
	case SETTING_TEMPLATE:
		return str_eq(*(const struct str *)a, *(const struct str *)b);
	case SETTING_LIST:
	case SETTING_SERVERS:
	case SETTING_ZONES:
		return same_list(a, b);
	case SETTING_FLAG:
		return *(const bool *)a == *(const bool *)b;
	case SETTING_SCORE:
	case SETTING_PERCENT:
		return *(const int32_t *)a == *(const int32_t *)b;
	case SETTING_SIZE:
	case SETTING_TIME:
	case SETTING_COUNT:
	case SETTING_POWER:
	case SETTING_MODE:
		return *(const int64_t *)a == *(const int64_t *)b;
	case SETTING_KEEP:
		return memcmp(a, b, sizeof(struct setting_keep)) == 0;
	case SETTING_CHOICE:
		return *(const int *)a == *(const int *)b;
	case SETTING_NETWORKS:
		return true;
	}
	return true;
}

struct str reload_restart_keys(struct arena *arena, const struct settings *a,
                               const struct settings *b)
{
	const struct setting_key *key;
	struct strbuf names;

	strbuf_init(&names, arena);
	for (size_t i = 0; (key = settings_key(i)) != NULL; i++) {
		if (key->section[0] == '\0' && key->restart && !same_value(key, a, b))
			strbuf_printf(&names, "%s%s", names.len > 0 ? " " : "", key->name);
	}
	return strbuf_str(&names);
}

/* Other rules are watched for a while, with a way back. */
static void publish_watched(struct policy *policy, struct rules_in_force rules_before)
{
	const struct policy *before = policy_pin(context->slot);
	int64_t period_ms = policy->settings.rules_watch;
	bool watched = policy->rules_stamp != before->rules_stamp && period_ms > 0;

	policy_publish(context->slot, policy);
	if (!watched) {
		policy_unpin(context->slot, before);
		return;
	}
	rules_restore_keep(context->slot, before, rules_before);
	rules_watch_begin(period_ms);
}

static void publish(struct policy *policy, struct rules_in_force rules_before, struct arena *arena,
                    struct reload_result *result)
{
	struct str names = reload_restart_keys(arena, context->started, &policy->settings);
	struct ruleset_summary summary;

	if (names.len > 0)
		log_warning(NULL, "reload: changed, but in force only after a restart: %.*s",
		            STR_FMT(names));
	ruleset_summarize(policy->ruleset, &summary);
	result->reloaded = true;
	result->rules = summary.rules;
	result->files = summary.files;
	result->restart = names;
	rules_in_force_write(&policy->settings, context->path, &context->rules);
	distrust_disk = false;
	publish_watched(policy, rules_before);
	/* Said only now: who reads it counts on what is in force. */
	log_info(NULL, "reloaded (%.*s): %zu rules from %zu files", STR_FMT(result->why),
	         summary.rules, summary.files);
}

/* Scores the sample of `canary yes` by both policies. */
static bool try_on_mail(const struct policy *next, struct problems *problems)
{
	struct canary_input input = {
		.now = policy_pin(context->slot),
		.next = next,
		.settings = &next->settings,
		.compare_cost = true,
	};
	struct canary_result result;
	bool ok = input.now->rules_stamp == next->rules_stamp ||
	          canary_try(problems->arena, &input, &result, problems);

	policy_unpin(context->slot, input.now);
	return ok;
}

/* NULL if it must not replace what is in force; the problems say why. */
static struct policy *load(bool force, struct problems *problems)
{
	struct policy *policy = policy_load(context->path, problems);
	struct rules_in_force next;

	if (policy == NULL)
		return NULL;
	next = rules_in_force_of(policy, problems);
	if (!force && (!rules_in_force_judge(&context->rules, &next, &policy->settings, problems) ||
	               (policy->settings.canary && !try_on_mail(policy, problems)))) {
		policy_free(policy);
		return NULL;
	}
	context->rules = next;
	return policy;
}

/* `again`: the same was loaded before, and its warnings were logged. */
static struct reload_result load_and_publish(struct arena *arena, const char *why, bool again,
                                             bool force)
{
	struct reload_result result = { .why = str_from(why) };
	struct rules_in_force rules_before = context->rules;
	struct problems problems;
	struct policy *policy;

	problems_init(&problems, arena);
	policy = load(force, &problems);
	if (!again || policy == NULL)
		reload_log_problems(&problems);
	if (policy != NULL)
		publish(policy, rules_before, arena, &result);
	else
		log_error(NULL, "reload failed (%s); what was loaded before stays in force", why);
	reload_result_set_problems(&result, arena, &problems);
	result.time_us = (int64_t)time(NULL) * 1000000;
	/* The old policy's, too, unless a message still holds it. */
	memory_trim();
	return result;
}

/* At start, what isn't in the cache was left out. */
static bool is_provisional(void)
{
	const struct policy *policy = policy_pin(context->slot);
	bool provisional = ruleset_is_provisional(policy->ruleset);

	policy_unpin(context->slot, policy);
	return provisional;
}

static bool maps_changed(void)
{
	const struct policy *policy = policy_pin(context->slot);
	bool stale = policy->forward_maps != NULL && forward_maps_stale(policy->forward_maps);

	policy_unpin(context->slot, policy);
	return stale;
}

/* `assay rules` has put another version of a channel into force. */
static bool rules_switched(void)
{
	const struct policy *policy = policy_pin(context->slot);
	bool switched = rule_paths_switched(&policy->settings, &policy->rule_paths);

	policy_unpin(context->slot, policy);
	return switched;
}

/* Mail for a mailbox that was added since must not be dropped by the old tables. */
static void distrust_maps(void)
{
	const struct policy *policy = policy_pin(context->slot);

	forward_maps_distrust(policy->forward_maps);
	policy_unpin(context->slot, policy);
}

static void remember(const struct reload_result *result)
{
	struct arena *arena = arena_new(), *old;
	struct reload_result copy = reload_result_copy(arena, result);

	pthread_mutex_lock(&last_lock);
	old = last_arena;
	last_arena = arena;
	last = copy;
	pthread_mutex_unlock(&last_lock);
	arena_free(old);
}

bool reload_last(struct arena *arena, struct reload_result *result_r)
{
	bool known;

	pthread_mutex_lock(&last_lock);
	known = last_arena != NULL;
	if (known)
		*result_r = reload_result_copy(arena, &last);
	pthread_mutex_unlock(&last_lock);
	return known;
}

static struct reload_result reload(struct arena *arena, const char *why, bool force)
{
	struct stall_slot slot;
	struct reload_result result;
	char text[64];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
	         (long long)clock_monotonic_us());
	notify_send(text);
	stall_begin(&slot, "the reload", RELOAD_MS, NULL);
	result = load_and_publish(arena, why, false, force);
	if (!result.reloaded && maps_changed())
		distrust_maps();
	remember(&result);
	stall_end(&slot);
	notify_send("READY=1");
	return result;
}

static bool reload_for(const char *why, bool force)
{
	struct arena *arena = arena_new();
	bool ok = reload(arena, why, force).reloaded;

	arena_free(arena);
	return ok;
}

static void take_rules_back(struct arena *arena, struct str sentence)
{
	struct reload_result result = { .why = STR("rules_watch") };
	struct problems problems;
	bool on_disk;

	problems_init(&problems, arena);
	if (!rules_restore(sentence, &context->rules, &on_disk))
		return;
	distrust_disk = !on_disk;
	problems_add(&problems, PROBLEM_ERROR, NULL,
	             "rules_watch: %.*s; the rules before are in force again%s", STR_FMT(sentence),
	             on_disk ? ""
	                     : ", but the files are still the new ones: correct them, then reload");
	reload_log_problems(&problems);
	reload_result_set_problems(&result, arena, &problems);
	result.time_us = (int64_t)time(NULL) * 1000000;
	remember(&result);
}

/* How mail fares under new rules. */
static void watch_rules(void)
{
	const struct policy *policy = policy_pin(context->slot);
	int32_t jump = policy->settings.rules_watch_jump;
	struct arena *arena = arena_new();
	struct str sentence;

	policy_unpin(context->slot, policy);
	switch (rules_watch_look(arena, jump, &sentence)) {
	case RULES_WATCH_JUMPED:
		take_rules_back(arena, sentence);
		break;
	case RULES_WATCH_ENDED:
		log_info(NULL, "rules_watch: %.*s: the new rules stay", STR_FMT(sentence));
		rules_restore_forget();
		break;
	case RULES_WATCH_ON:
	case RULES_WATCH_OFF:
		break;
	}
	arena_free(arena);
}

static void keep_watch(bool at_once)
{
	rules_watch_file_write(context->started, context->path, at_once);
}

/* What changed by itself, without anybody's signal. */
static void reload_changed(struct deadline *not_before)
{
	bool ok = true;

	if (!deadline_passed(*not_before))
		return;
	if (distrust_disk) {
		if (maps_changed())
			distrust_maps();
	} else if (rules_switched()) {
		/* They were tried before. */
		ok = reload_for("other rules were activated", true);
	} else if (maps_changed()) {
		ok = reload_for("a forward map changed", false);
	}
	if (!ok)
		*not_before = deadline_in_ms(RETRY_MS);
}

struct reload_ask *reload_ask(bool force)
{
	struct reload_ask *ask = reload_asks_add(force);

	pthread_kill(thread, WAKING_SIGNAL);
	return ask;
}

/* Those that were asked for while another was under way don't know whether it has seen what they
 * mean, so they get one of their own. */
static void reload_asked(void)
{
	struct reload_ask *asks;
	bool force;

	while (!atomic_load(&stopping) && (asks = reload_asks_take(&force)) != NULL) {
		struct arena *arena = arena_new();
		struct reload_result result = reload(arena, "assay reload", force);

		reload_asks_finish(asks, &result);
		arena_free(arena);
	}
}

/* What many messages at once left free. */
static void trim(size_t *messages)
{
	size_t ended = in_flight_messages_ended();

	if (ended != *messages)
		memory_trim_grown();
	*messages = ended;
}

void reload_signals(sigset_t *set)
{
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGUSR1);
	sigaddset(set, SIGUSR2);
	sigaddset(set, WAKING_SIGNAL);
}

static void finish_start(void)
{
	struct arena *arena = arena_new();

	load_and_publish(arena, "the rules are compiled", true, false);
	arena_free(arena);
}

static void *run(void *unused)
{
	size_t messages = 0;
	const struct timespec interval = { .tv_sec = CHECK_S };
	struct deadline not_before = deadline_in_ms(0);
	sigset_t signals;

	sigemptyset(&signals);
	reload_signals(&signals);
	rules_watch_file_read(context->started, context->path);
	if (is_provisional()) {
		log_info(NULL,
		         "messages take longer until the rules are compiled, which is under way");
		finish_start();
	}
	while (!atomic_load(&stopping)) {
		int signal = sigtimedwait(&signals, NULL, &interval);

		if (atomic_load(&stopping))
			break;
		if (signal == SIGUSR1)
			reload_for("SIGUSR1", false);
		else if (signal == SIGHUP)
			reload_for("SIGHUP", false);
		else if (signal == SIGUSR2)
			reload_for("SIGUSR2", true);
		else
			reload_changed(&not_before);
		reload_asked();
		watch_rules();
		keep_watch(false);
		trim(&messages);
		memory_refill_reserve();
	}
	keep_watch(true);
	return unused;
}

bool reload_start(struct reload_context *given, struct error *err_r)
{
	int failure;

	context = given;
	failure = pthread_create(&thread, NULL, run, NULL);
	if (failure != 0)
		return error_set(err_r, "can't start the reload thread: %s", strerror(failure));
	return true;
}

void reload_stop(void)
{
	atomic_store(&stopping, true);
	pthread_kill(thread, WAKING_SIGNAL);
	pthread_join(thread, NULL);
	rules_restore_forget();
}
