/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/reload.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "milter/in_flight.h"
#include "milter/notify.h"
#include "scoring/setting_key.h"

/* How often the files of forward maps are looked at, and what many messages at once left free is
 * given back. */
#define CHECK_S 5
/* A map that can't be read is tried again after this time, so that the log isn't filled. */
#define RETRY_MS (60 * 1000)

static struct reload_context *context;
static pthread_t thread;
static atomic_bool stopping;

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
		return *(const int32_t *)a == *(const int32_t *)b;
	case SETTING_SIZE:
	case SETTING_TIME:
	case SETTING_COUNT:
	case SETTING_MODE:
		return *(const int64_t *)a == *(const int64_t *)b;
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

static void publish(struct policy *policy, const char *why, struct arena *arena)
{
	struct str names = reload_restart_keys(arena, context->started, &policy->settings);
	struct ruleset_summary summary;

	if (names.len > 0)
		log_warning(NULL, "reload: changed, but in force only after a restart: %.*s",
		            STR_FMT(names));
	ruleset_summarize(policy->ruleset, &summary);
	log_info(NULL, "reloaded (%s): %zu rules from %zu files", why, summary.rules,
	         summary.files);
	rules_in_force_write(&policy->settings, context->path, &context->rules);
	policy_publish(context->slot, policy);
}

/* NULL if it must not replace what is in force; the problems say why. */
static struct policy *load(bool force, struct problems *problems)
{
	struct policy *policy = policy_load(context->path, problems);
	struct rules_in_force next;

	if (policy == NULL)
		return NULL;
	next = rules_in_force_of(policy, problems);
	if (!force && !rules_in_force_judge(&context->rules, &next, &policy->settings, problems)) {
		policy_free(policy);
		return NULL;
	}
	context->rules = next;
	return policy;
}

/* `again`: the same was loaded before, and its warnings were logged. */
static bool load_and_publish(const char *why, bool again, bool force)
{
	struct arena *arena = arena_new();
	struct problems problems;
	struct policy *policy;

	problems_init(&problems, arena);
	policy = load(force, &problems);
	if (!again || policy == NULL)
		reload_log_problems(&problems);
	if (policy != NULL)
		publish(policy, why, arena);
	else
		log_error(NULL, "reload failed (%s); what was loaded before stays in force", why);
	arena_free(arena);
	/* The old policy's, too, unless a message still holds it. */
	memory_trim();
	return policy != NULL;
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

/* Mail for a mailbox that was added since must not be dropped by the old tables. */
static void distrust_maps(void)
{
	const struct policy *policy = policy_pin(context->slot);

	forward_maps_distrust(policy->forward_maps);
	policy_unpin(context->slot, policy);
}

static bool reload(const char *why, bool force)
{
	char text[64];
	bool ok;

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
	         (long long)clock_monotonic_us());
	notify_send(text);
	ok = load_and_publish(why, false, force);
	if (!ok && maps_changed())
		distrust_maps();
	notify_send("READY=1");
	return ok;
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
}

static void *run(void *unused)
{
	size_t messages = 0;
	const struct timespec interval = { .tv_sec = CHECK_S };
	struct deadline not_before = deadline_in_ms(0);
	sigset_t signals;

	sigemptyset(&signals);
	reload_signals(&signals);
	if (is_provisional()) {
		log_info(NULL,
		         "messages take longer until the rules are compiled, which is under way");
		load_and_publish("the rules are compiled", true, false);
	}
	while (!atomic_load(&stopping)) {
		int signal = sigtimedwait(&signals, NULL, &interval);

		if (atomic_load(&stopping))
			break;
		if (signal == SIGUSR1)
			reload("SIGUSR1", false);
		else if (signal == SIGHUP)
			reload("SIGHUP", false);
		else if (signal == SIGUSR2)
			reload("SIGUSR2", true);
		else if (deadline_passed(not_before) && maps_changed() &&
		         !reload("a forward map changed", false))
			not_before = deadline_in_ms(RETRY_MS);
		trim(&messages);
		memory_refill_reserve();
	}
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
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
}
