/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "setup/setup.h"

#include <stdio.h>
#include <unistd.h>

#include "base/socket_address.h"
#include "setup/secrets.h"
#include "store/lessons.h"
#include "store/store.h"

static void check_address(const struct settings *settings, const char *key, struct str text,
                          struct problems *problems)
{
	struct socket_address address;
	struct error error;

	if (!socket_address_parse(problems->arena, key, text, &address, &error))
		problems_add(problems, PROBLEM_ERROR, settings_place(settings, key, text), "%s",
		             error.text);
}

static void check_addresses(const struct settings *settings, struct problems *problems)
{
	const struct str *text;

	if (settings->listen.len == 0)
		problems_add(
			problems, PROBLEM_ERROR, NULL,
			"listen: no address; write for example listen unix:/run/assay/assay.sock");
	if (settings->listen.len > SETUP_LISTEN_MAX)
		problems_add(problems, PROBLEM_ERROR, NULL, "listen: at most %d addresses",
		             SETUP_LISTEN_MAX);
	vec_foreach (&settings->listen, text)
		check_address(settings, "listen", *text, problems);
	if (settings->srs_socketmap.len > 0)
		check_address(settings, "srs_socketmap", settings->srs_socketmap, problems);
}

static void check_store(struct arena *arena, const struct settings *settings,
                        struct problems *problems)
{
	struct error error;

	if (!store_check_uri(arena_cstr(arena, settings->store), &error))
		problems_add(problems, PROBLEM_ERROR,
		             settings_place(settings, "store", settings->store), "%s", error.text);
	if (settings->lessons.len > 0 &&
	    !lessons_check_uri(arena_cstr(arena, settings->lessons), &error))
		problems_add(problems, PROBLEM_ERROR, settings_place_of(settings, "lessons"), "%s",
		             error.text);
}

static void check_memory(const struct settings *settings, struct problems *problems)
{
	int64_t least = (SETTINGS_MEMORY_OF_MESSAGE + 1) * settings->max_message_size;

	if (settings->max_memory > 0 && settings->max_memory < least)
		problems_add(problems, PROBLEM_ERROR, settings_place_of(settings, "max_memory"),
		             "max_memory is too small for messages of max_message_size; at least "
		             "%lld, or 0",
		             (long long)least);
}

static void check_authservs(const struct settings *settings, struct problems *problems)
{
	const struct str *name;

	vec_foreach (&settings->trusted_authserv, name)
		if (str_eq(*name, STR("*")))
			problems_add(problems, PROBLEM_WARNING,
			             settings_place(settings, "trusted_authserv", *name),
			             "trusted_authserv * believes what senders write about "
			             "themselves; in a filter, name your own hosts");
}

static void find_accounts(struct setup *setup, struct arena *arena, struct problems *problems)
{
	const struct settings *settings = &setup->settings;
	const struct source_position *at = settings_place(settings, "user", settings->user);
	struct error error;

	if (!account_find(arena, settings->user, &setup->account, &error))
		problems_add(problems, PROBLEM_ERROR, at, "%s", error.text);
	if (setup->account.beyond_us)
		problems_add(problems, PROBLEM_WARNING, at,
		             "user %.*s: only root can change to it; running as user id %u",
		             STR_FMT(settings->user), (unsigned)geteuid());
	if (!account_find_group(arena, settings->socket_group, &setup->socket_group, &error))
		problems_add(problems, PROBLEM_ERROR,
		             settings_place(settings, "socket_group", settings->socket_group), "%s",
		             error.text);
}

bool setup_read(struct setup *setup_r, struct arena *arena, const char *path,
                struct problems *problems)
{
	size_t errors = problems->errors;

	*setup_r = (struct setup){ .path = path };
	settings_init(&setup_r->settings, arena);
	if (path != NULL) {
		settings_read(&setup_r->settings, arena, path, problems);
		secrets_check(&setup_r->settings, path, problems);
	}
	check_addresses(&setup_r->settings, problems);
	check_store(arena, &setup_r->settings, problems);
	check_memory(&setup_r->settings, problems);
	check_authservs(&setup_r->settings, problems);
	find_accounts(setup_r, arena, problems);
	setup_r->rules = rules_in_force_read(&setup_r->settings, path);
	return problems->errors == errors;
}

void setup_replace_rules(struct setup *setup, struct str_list paths)
{
	settings_set_rules(&setup->settings, paths);
	setup->rules = (struct rules_in_force){ 0 };
}

static bool check_rules(const struct setup *setup, struct setup_check *check,
                        struct problems *problems)
{
	struct rules_in_force next = rules_in_force_of(check->policy, problems);

	check->tests = ruleset_run_tests(check->policy->ruleset, problems);
	return setup->force_rules ||
	       rules_in_force_judge(&setup->rules, &next, &setup->settings, problems);
}

struct setup_check setup_check(const struct setup *setup, struct problems *problems)
{
	struct setup_check check = { 0 };

	check.policy = policy_build(arena_new(), &setup->settings, problems);
	if (check.policy != NULL)
		check.ok = check_rules(setup, &check, problems);
	check.ok = check.ok && problems->errors == 0;
	return check;
}

void setup_print_problems(const struct problems *problems)
{
	const struct problem *problem;

	vec_foreach (problems, problem)
		fprintf(stderr, "%.*s%s\n", STR_FMT(problem->text),
		        problem->severity == PROBLEM_WARNING ? " (warning)" : "");
}
