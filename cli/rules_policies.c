/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/rules_policies.h"

#include "scoring/rule_channel.h"

static bool is_in_force(const struct settings *settings, struct arena *arena, struct str channel)
{
	return rule_channel_version(arena, settings->rules_directory, channel, RULE_CHANNEL_CURRENT)
	               .len > 0;
}

static bool names_channel(const struct settings *settings, struct str wanted)
{
	struct str channel;

	for (size_t i = 0; i < settings->rules.len; i++)
		if (rule_channel_named(settings->rules.items[i], &channel) &&
		    str_eq(channel, wanted))
			return true;
	return false;
}

/* What `rules` names, with `path` in the place of the channel; an empty path: none. */
static struct str_list replace(const struct settings *settings, struct arena *arena,
                               struct str wanted, struct str path)
{
	bool named = names_channel(settings, wanted);
	struct str_list rules = { 0 };
	struct str channel;

	if (path.len > 0 && !named)
		vec_push(arena, &rules, path);
	for (size_t i = 0; i < settings->rules.len; i++) {
		struct str rule = settings->rules.items[i];
		bool is_channel = rule_channel_named(rule, &channel);

		if (path.len > 0 && is_channel && str_eq(channel, wanted))
			vec_push(arena, &rules, path);
		else if ((path.len == 0 || named) &&
		         (!is_channel || is_in_force(settings, arena, channel)))
			vec_push(arena, &rules, rule);
	}
	return rules;
}

static struct policy *build(const struct rules_options *options, struct str channel,
                            struct str path, struct problems *problems)
{
	struct arena *arena = arena_new();
	const char *conf = cli_conf_path(&options->conf);
	struct settings settings;

	settings_init(&settings, arena);
	if (conf != NULL && !settings_read(&settings, arena, conf, problems)) {
		arena_free(arena);
		return NULL;
	}
	if (options->conf.rules.len > 0)
		settings_set_rules(&settings, options->conf.rules);
	settings.rules = replace(&settings, arena, channel, path);
	/* No message is answered: no secret is needed. */
	settings.seal_key_file = STR("");
	settings.srs = SRS_POLICY_OFF;
	settings.srs_socketmap = STR("");
	return policy_build(arena, &settings, problems);
}

struct rules_present rules_policies_now(const struct rules_options *options, struct str channel,
                                        struct problems *problems)
{
	bool in_force = is_in_force(&options->settings, options->arena, channel);
	bool named = names_channel(&options->settings, channel);
	bool by_hand = str_eq(channel, STR(RULES_HAND_CHANNEL));
	bool stands_alone = in_force && !named && !by_hand;
	struct rules_present present = { .comparable = in_force || (by_hand && !named) };
	struct str path = STR("");

	if (stands_alone)
		path = rule_channel_path(options->arena, options->settings.rules_directory, channel,
		                         STR(RULE_CHANNEL_CURRENT));
	present.policy = build(options, channel, path, problems);
	if (present.policy != NULL)
		present.rules = rules_in_force_of(present.policy, problems);
	return present;
}

/* The first error's text, for a line of a file. */
static struct str first_error(struct arena *arena, const struct problems *problems)
{
	const struct problem *problem;

	vec_foreach (problems, problem)
		if (problem->severity != PROBLEM_WARNING)
			return arena_str(arena, problem->text);
	return STR("it can't be used");
}

static bool try_next(const struct rules_options *options, const struct rules_present *now,
                     const struct policy *next, struct canary_result *result_r,
                     struct problems *problems)
{
	struct rules_in_force rules = rules_in_force_of(next, problems);
	struct canary_input input = {
		.now = now->policy,
		.next = next,
		.settings = &options->settings,
		.compare_cost = now->comparable,
	};

	if (options->force)
		return true;
	ruleset_run_tests(next->ruleset, problems);
	return rules_in_force_judge(&now->rules, &rules, &options->settings, problems) &&
	       problems->errors == 0 && canary_try(options->arena, &input, result_r, problems);
}

bool rules_policies_try(const struct rules_options *options, const struct rules_present *now,
                        struct str channel, struct str path, struct canary_result *result_r,
                        struct problems *problems)
{
	struct problems found;
	const struct problem *problem;
	struct policy *next;
	bool ok;

	*result_r = (struct canary_result){ 0 };
	problems_init(&found, options->arena);
	next = build(options, channel, path, &found);
	ok = next != NULL && try_next(options, now, next, result_r, &found);
	if (!ok && result_r->reason.len == 0)
		result_r->reason = first_error(options->arena, &found);
	vec_foreach (&found, problem)
		problems_add(problems, problem->severity, NULL, "%.*s", STR_FMT(problem->text));
	policy_free(next);
	return ok;
}
