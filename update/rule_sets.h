/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The versions of channels on disk. Besides what scoring/rule_channel.h tells of, the directory of
 *a channel has
 *
 *	previous           a symbolic link to the version that was in force before
 *	pinned             the version that updates leave in force, where it is pinned
 *	VERSION.refused    why a version is not to go into force by itself
 *
 * A version's files are never changed once they are there. Each change is one rename() of something
 * that is safe on disk, so that after a crash either the old or the new holds. One process at a
 * time changes them, by rule_sets_lock(); anybody may read meanwhile.
 */
#ifndef UPDATE_RULE_SETS_H
#define UPDATE_RULE_SETS_H

#include "base/error.h"
#include "base/vec.h"

struct rule_set_file {
	struct str name; /* without a directory */
	struct str text;
};

struct rule_set_files {
	vec_members(struct rule_set_file);
};

/* A channel, as a value of the caller's; the directory is rules_directory. */
struct rule_sets {
	struct arena *arena;
	struct str directory;
	struct str channel; /* valid, see rule_channel_valid() */
};

/* Makes the directories that are missing and waits, for seconds at most, until nobody else changes
 * anything below rules_directory; -1 with the reason. Close it to let others. */
int rule_sets_lock(const struct rule_sets *sets, struct error *err_r);

struct str rule_sets_current(const struct rule_sets *sets);
struct str rule_sets_previous(const struct rule_sets *sets);
/* Empty where it is not pinned. */
struct str rule_sets_pinned(const struct rule_sets *sets);
/* One line; empty where the version is not refused. */
struct str rule_sets_refusal(const struct rule_sets *sets, struct str version);
bool rule_sets_have(const struct rule_sets *sets, struct str version);
struct str rule_sets_path(const struct rule_sets *sets, struct str version);
/* By number; and the channels that there are in sets->directory, by name. */
struct str_list rule_sets_versions(const struct rule_sets *sets);
struct str_list rule_sets_channels(struct arena *arena, struct str directory);
/* As strcmp(), by number. */
int rule_sets_compare(struct str a, struct str b);

/* Writes the files of a version; one of the same name is replaced unless it is in force. */
bool rule_sets_install(const struct rule_sets *sets, struct str version,
                       const struct rule_set_files *files, struct error *err_r);
/* Puts a version that is there into force; the one that was is `previous` then, and others that are
 * older than both are removed. */
bool rule_sets_activate(const struct rule_sets *sets, struct str version, struct error *err_r);
/* Puts the previous version into force again and refuses the one that was, for a reason of one
 * line. The version that is in force now, or an empty one with the reason why it can't be done. */
struct str rule_sets_roll_back(const struct rule_sets *sets, struct str reason,
                               struct error *err_r);
/* An empty version: not any more. */
bool rule_sets_pin(const struct rule_sets *sets, struct str version, struct error *err_r);
/* An empty reason: not any more. */
bool rule_sets_refuse(const struct rule_sets *sets, struct str version, struct str reason,
                      struct error *err_r);

/* Replaces a file in the channel's directory, safe on disk. `name` may be in a directory below. */
bool rule_sets_write_file(const struct rule_sets *sets, struct str name, struct str text,
                          struct error *err_r);

#endif
