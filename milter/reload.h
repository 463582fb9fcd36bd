/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The thread that replaces the policy: on SIGHUP or SIGUSR1, where it is asked to, and when a
 * forward map's file has changed, or another version of a channel's rules was activated. It builds
 * everything first and publishes then; where anything is wrong, or the new rules look like an
 * accident (rules_in_force_judge()), it logs that and the old policy stays. With `canary yes`, new
 * rules are tried on mail first (update/canary.h); SIGUSR2 accepts any rules. Where the share of
 * spam jumps under new rules, those before come back. The signals must be blocked in every thread.
 */
#ifndef MILTER_RELOAD_H
#define MILTER_RELOAD_H

#include <signal.h>

#include "control/reload_result.h"
#include "scoring/policy.h"
#include "setup/rules_in_force.h"

/* What the operator wrote and what the daemon started with. Must stay until reload_stop(), and is
 * the thread's until then. */
struct reload_context {
	const char *path; /* of the configuration file; NULL: built-in defaults */
	struct policy_slot *slot;
	const struct settings *started; /* for settings that only a restart changes */
	struct rules_in_force rules;
};

/* Adds the signals that mean something to the thread. */
void reload_signals(sigset_t *set);

bool reload_start(struct reload_context *context, struct error *err_r);
/* Waits for a reload that is under way. */
void reload_stop(void);

/* Asks for a reload, whose result reload_asks.h tells. Between reload_start() and reload_stop(). */
struct reload_ask *reload_ask(bool force);
/* The result of the last reload, in the arena; false where there was none. Thread-safe. */
bool reload_last(struct arena *arena, struct reload_result *result_r);

/* Logs all problems: true where none of them is an error. */
bool reload_log_problems(const struct problems *problems);

/* The names of restart-only settings that differ, separated by spaces; empty where none does. */
struct str reload_restart_keys(struct arena *arena, const struct settings *a,
                               const struct settings *b);

#endif
