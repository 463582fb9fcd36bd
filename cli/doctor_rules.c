/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How old are the rules, and are those in force the ones on disk? */
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/plural.h"
#include "cli/cli.h"
#include "cli/doctor_check.h"
#include "scoring/rule_channel.h"
#include "update/rule_sets.h"

/* A channel that is followed has something new each week; the rules that come with us, each
 * release. */
#define CHANNEL_OLD_S (30 * INT64_C(86400))
#define SHIPPED_OLD_S (365 * INT64_C(86400))

/* When what is in force of a channel was fetched. */
static void look_at_channel(struct doctor *doctor, struct str channel)
{
	struct rule_sets sets = { .arena = doctor->arena,
		                  .directory = doctor->settings.rules_directory,
		                  .channel = channel };
	struct str version = rule_sets_current(&sets), pinned = rule_sets_pinned(&sets);
	struct str update =
		arena_printf(doctor->arena, "assay rules update --channel %.*s", STR_FMT(channel));
	struct stat st;
	int64_t age_s;

	if (version.len == 0 || stat(rule_sets_path(&sets, version).data, &st) != 0) {
		doctor_tell(doctor, DOCTOR_FAULT, update,
		            "of the channel %.*s no rules are in force", STR_FMT(channel));
		return;
	}
	age_s = time(NULL) - st.st_mtim.tv_sec;
	if (pinned.len > 0)
		doctor_tell(doctor, DOCTOR_HINT,
		            arena_printf(doctor->arena, "assay rules pin --help; then %.*s",
		                         STR_FMT(update)),
		            "the channel %.*s is pinned to version %.*s, of %.*s ago",
		            STR_FMT(channel), STR_FMT(pinned), STR_FMT(doctor_time(doctor, age_s)));
	else if (age_s > CHANNEL_OLD_S)
		doctor_tell(doctor, DOCTOR_WARNING,
		            arena_printf(doctor->arena,
		                         "%.*s; systemctl enable --now assay-rules.timer",
		                         STR_FMT(update)),
		            "the rules of the channel %.*s were fetched %.*s ago", STR_FMT(channel),
		            STR_FMT(doctor_time(doctor, age_s)));
}

static bool look_at_channels(struct doctor *doctor)
{
	const struct settings *settings = &doctor->settings;
	bool any = false;

	for (size_t i = 0; i < settings->rules.len; i++) {
		struct str channel;

		if (!rule_channel_named(settings->rules.items[i], &channel) ||
		    !rule_channel_valid(channel))
			continue;
		look_at_channel(doctor, channel);
		any = true;
	}
	return any;
}

static bool names_shipped(const struct settings *settings)
{
	for (size_t i = 0; i < settings->rules.len; i++) {
		if (str_starts(settings->rules.items[i], STR(ASSAY_RULESDIR "/")))
			return true;
	}
	return false;
}

static void compare(struct doctor *doctor, const struct ruleset_summary *summary)
{
	const json_t *policy = json_object_get(doctor->status, "policy");
	const char *running = json_string_value(json_object_get(policy, "id"));
	struct str here = arena_printf(doctor->arena, "%016" PRIx64, summary->id);

	if (running != NULL && !str_eq(str_from(running), here))
		doctor_tell(doctor, DOCTOR_HINT,
		            STR("assay reload, which tells where something is wrong with them"),
		            "the rules on disk are others than those in force, which were loaded "
		            "%.*s ago",
		            STR_FMT(doctor_time(doctor, (int64_t)json_number_value(json_object_get(
								policy, "age_seconds")))));
}

void doctor_rules(struct doctor *doctor)
{
	struct cli_conf conf = { .path = doctor->path };
	struct ruleset_summary summary;
	struct problems problems;
	struct policy *policy;
	bool has_channels;
	int64_t age_s;

	problems_init(&problems, doctor->arena);
	has_channels = look_at_channels(doctor);
	policy = cli_load_policy(&conf, &problems);
	if (policy == NULL) {
		doctor_tell(doctor, DOCTOR_UNKNOWN, STR("assay check-config"),
		            "the rules can't be loaded");
		return;
	}
	ruleset_summarize(policy->ruleset, &summary);
	policy_free(policy);
	age_s = time(NULL) - summary.newest;
	compare(doctor, &summary);
	if (!has_channels && names_shipped(&doctor->settings) && age_s > SHIPPED_OLD_S)
		doctor_tell(doctor, DOCTOR_HINT, STR("apt upgrade assay"),
		            "no rule file was changed for %.*s",
		            STR_FMT(doctor_time(doctor, age_s)));
	if (doctor_findings_worst(&doctor->findings) == DOCTOR_FINE)
		doctor_tell(doctor, DOCTOR_FINE, STR(""), "%zu %s of %zu %s, the newest %.*s old",
		            summary.rules, plural(summary.rules, "rule", "rules"), summary.files,
		            plural(summary.files, "file", "files"),
		            STR_FMT(doctor_time(doctor, age_s > 0 ? age_s : 0)));
}
