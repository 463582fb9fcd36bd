/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay rules update`: what sa-update does, and a trial before anything goes into force. */
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/rules.h"
#include "cli/rules_channel.h"
#include "cli/rules_policies.h"
#include "setup/setup.h"
#include "update/archive.h"

/* sa-update's. */
enum update_status {
	STATUS_UPDATED = 0,
	STATUS_NOTHING_NEW = 1,
	STATUS_PRESENT_BROKEN = 2,
	STATUS_PARTLY = 3,
	STATUS_FAILED = 4,
};

enum outcome {
	OUTCOME_UPDATED,
	OUTCOME_NONE,
	OUTCOME_FAILED,
	OUTCOME_PRESENT_BROKEN,
};

static enum outcome failed(const struct rule_sets *sets, struct str why)
{
	fprintf(stderr, "assay rules: %.*s: %.*s\n", STR_FMT(sets->channel), STR_FMT(why));
	return OUTCOME_FAILED;
}

/* Tries a version that is there, and puts it into force. */
static enum outcome activate(const struct rules_channel *channel, struct str version)
{
	const struct rules_options *options = channel->options;
	const struct rule_sets *sets = &channel->sets;
	struct canary_result result;
	struct rules_present now;
	struct problems problems;
	struct error error;
	bool ok;

	problems_init(&problems, options->arena);
	now = rules_policies_now(options, sets->channel, &problems);
	if (now.policy == NULL) {
		setup_print_problems(&problems);
		return OUTCOME_PRESENT_BROKEN;
	}
	problems_init(&problems, options->arena);
	ok = rules_policies_try(options, &now, sets->channel, rule_sets_path(sets, version),
	                        &result, &problems);
	policy_free(now.policy);
	if (!ok)
		setup_print_problems(&problems);
	rules_print_result(&result);
	if (!ok) {
		rule_sets_refuse(sets, version, result.reason, &error);
		return failed(sets,
		              arena_printf(options->arena,
		                           "%.*s is refused, and what is in force stays: %.*s",
		                           STR_FMT(version), STR_FMT(result.reason)));
	}
	if (!rule_sets_activate(sets, version, &error))
		return failed(sets, str_from(error.text));
	rules_print_activated(options, sets->channel, version);
	return OUTCOME_UPDATED;
}

/* What is new, or why nothing is; OUTCOME_UPDATED: it is to be fetched. */
static enum outcome look(const struct rules_channel *channel, struct str *version_r)
{
	const struct rule_sets *sets = &channel->sets;
	struct str current = rule_sets_current(sets), pinned = rule_sets_pinned(sets), refusal;
	struct error error;

	if (pinned.len > 0) {
		printf("%.*s: pinned to %.*s\n", STR_FMT(sets->channel), STR_FMT(pinned));
		return OUTCOME_NONE;
	}
	switch (rules_channel_newest(channel, version_r, &error)) {
	case RULES_CHANNEL_FAILED:
		return failed(sets, str_from(error.text));
	case RULES_CHANNEL_NONE:
		printf("%.*s: has no rules for us\n", STR_FMT(sets->channel));
		return OUTCOME_NONE;
	case RULES_CHANNEL_VERSION:
		break;
	}
	if (current.len > 0 && rule_sets_compare(*version_r, current) <= 0) {
		printf("%.*s: nothing is newer than %.*s\n", STR_FMT(sets->channel),
		       STR_FMT(current));
		return OUTCOME_NONE;
	}
	refusal = rule_sets_refusal(sets, *version_r);
	if (refusal.len > 0 && !channel->options->force) {
		printf("%.*s: %.*s was refused before: %.*s\n", STR_FMT(sets->channel),
		       STR_FMT(*version_r), STR_FMT(refusal));
		return OUTCOME_NONE;
	}
	return OUTCOME_UPDATED;
}

static enum outcome update_locked(const struct rules_channel *channel)
{
	struct error error;
	struct str version;
	enum outcome outcome = look(channel, &version);

	if (outcome != OUTCOME_UPDATED)
		return outcome;
	if (channel->options->check_only) {
		printf("%.*s: %.*s is new\n", STR_FMT(channel->sets.channel), STR_FMT(version));
		return OUTCOME_UPDATED;
	}
	if (!rules_channel_fetch(channel, version, &error))
		return failed(&channel->sets, str_from(error.text));
	return activate(channel, version);
}

static enum outcome update(const struct rules_options *options, struct dns *dns, struct str name)
{
	struct rules_channel channel = { options, rules_sets(options, name), dns };
	struct error error;
	enum outcome outcome;
	int lock = rule_sets_lock(&channel.sets, &error);

	if (lock < 0)
		return failed(&channel.sets, str_from(error.text));
	outcome = update_locked(&channel);
	close(lock);
	return outcome;
}

static int update_all(const struct rules_options *options, struct dns *dns,
                      const struct str_list *channels)
{
	size_t count[OUTCOME_PRESENT_BROKEN + 1] = { 0 };
	const struct str *channel;

	vec_foreach (channels, channel) {
		count[update(options, dns, *channel)]++;
		fflush(stdout);
	}
	if (count[OUTCOME_PRESENT_BROKEN] > 0)
		return STATUS_PRESENT_BROKEN;
	if (count[OUTCOME_FAILED] > 0)
		return count[OUTCOME_UPDATED] > 0 ? STATUS_PARTLY : STATUS_FAILED;
	return count[OUTCOME_UPDATED] > 0 ? STATUS_UPDATED : STATUS_NOTHING_NEW;
}

static struct str_list wanted_channels(const struct rules_options *options)
{
	struct str_list channels = options->channels;

	if (channels.len == 0)
		channels = rules_named_channels(options->arena, &options->settings);
	if (channels.len == 0)
		vec_push(options->arena, &channels, STR("updates.spamassassin.org"));
	return channels;
}

static struct str_list copy_of(struct arena *arena, struct str_list list)
{
	struct str_list copy = { 0 };
	const struct str *item;

	vec_foreach (&list, item)
		vec_push(arena, &copy, arena_str(arena, *item));
	return copy;
}

/* As sa-update's check of the site's files: nothing is fetched on top of what is broken. */
static bool present_is_sound(const struct rules_options *options, struct dns_settings *dns_r)
{
	struct problems problems;
	struct rules_present now;

	problems_init(&problems, options->arena);
	now = rules_policies_now(options, STR(""), &problems);
	if (now.policy == NULL) {
		setup_print_problems(&problems);
		return false;
	}
	*dns_r = policy_dns_settings(now.policy);
	/* Those that rule files say belong to the policy. */
	dns_r->servers = copy_of(options->arena, dns_r->servers);
	dns_r->zones = copy_of(options->arena, dns_r->zones);
	policy_free(now.policy);
	return true;
}

int rules_update(const struct rules_options *options)
{
	struct str_list channels = wanted_channels(options);
	struct dns_settings settings;
	struct error error;
	struct dns *dns;
	int status;

	if (!archive_available()) {
		fputs("assay rules: this assay was built without libcurl and libarchive; build it "
		      "with --with-rule-updates\n",
		      stderr);
		return STATUS_FAILED;
	}
	if (options->no_gpg)
		fputs("assay rules: --nogpg: whoever is between this host and a mirror can write its "
		      "rules (warning)\n",
		      stderr);
	if (!rules_become_owner(options, &error)) {
		fprintf(stderr, "assay rules: %s\n", error.text);
		return STATUS_FAILED;
	}
	if (!present_is_sound(options, &settings))
		return STATUS_PRESENT_BROKEN;
	if (options->dns.servers.len > 0)
		settings.servers = options->dns.servers;
	dns = dns_new(&settings, &error);
	if (dns == NULL) {
		fprintf(stderr, "assay rules: %s\n", error.text);
		return STATUS_FAILED;
	}
	status = update_all(options, dns, &channels);
	dns_free(dns);
	return status;
}
