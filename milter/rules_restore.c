/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/rules_restore.h"

#include <unistd.h>

#include "base/log.h"
#include "scoring/rule_channel.h"
#include "scoring/rule_paths.h"
#include "update/rule_sets.h"

static struct policy_slot *slot;
static const struct policy *kept; /* pinned; NULL: none */
static struct rules_in_force kept_rules;

void rules_restore_forget(void)
{
	if (kept != NULL)
		policy_unpin(slot, kept);
	kept = NULL;
}

void rules_restore_keep(struct policy_slot *given, const struct policy *before,
                        struct rules_in_force rules)
{
	rules_restore_forget();
	slot = given;
	kept = before;
	kept_rules = rules;
}

/* A channel whose version in force is another one than was. */
static void take_back(struct arena *arena, struct str channel, struct str path, struct str reason)
{
	struct rule_sets sets = { arena, kept->settings.rules_directory, channel };
	struct error error = { "" };
	struct str version = STR("");
	int lock = rule_sets_lock(&sets, &error);

	if (lock >= 0 && str_eq(rule_sets_path(&sets, rule_sets_previous(&sets)), path))
		version = rule_sets_roll_back(&sets, reason, &error);
	if (version.len > 0)
		log_warning(NULL, "rules: %.*s/%.*s is in force again", STR_FMT(channel),
		            STR_FMT(version));
	else
		log_error(NULL, "rules: %.*s can't be taken back on disk: %s", STR_FMT(channel),
		          error.text[0] != '\0' ? error.text : "what was before is not there");
	if (lock >= 0)
		close(lock);
}

static void take_back_channels(struct str reason)
{
	struct arena *arena = arena_new();
	struct str channel;

	for (size_t i = 0; i < kept->settings.rules.len; i++) {
		struct str path = kept->rule_paths.items[i];

		if (!rule_channel_named(kept->settings.rules.items[i], &channel) ||
		    str_eq(path, rule_channel_path(
					 arena, kept->settings.rules_directory, channel,
					 rule_channel_version(arena, kept->settings.rules_directory,
		                                              channel, RULE_CHANNEL_CURRENT))))
			continue;
		take_back(arena, channel, path, reason);
	}
	arena_free(arena);
}

bool rules_restore(struct str reason, struct rules_in_force *rules_r, bool *on_disk_r)
{
	if (kept == NULL)
		return false;
	policy_restore(slot, kept);
	*rules_r = kept_rules;
	take_back_channels(reason);
	*on_disk_r = !rule_paths_switched(&kept->settings, &kept->rule_paths) &&
	             rule_paths_stamp(&kept->rule_paths) == kept->rules_stamp;
	rules_restore_forget();
	return true;
}
