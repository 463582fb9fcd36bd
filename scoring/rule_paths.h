/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the rules of a policy are read from: what `rules` names and, after it, the directory of
 * `local_rules`, so that what a site writes there holds over any rule set. A channel is read where
 * its version in force is.
 */
#ifndef SCORING_RULE_PATHS_H
#define SCORING_RULE_PATHS_H

#include "base/arena.h"
#include "scoring/settings.h"

/*
 * Files and directories in the order in which they are read; in the arena or the settings. The
 * directory of `local_rules` is missing from it where that is the default and nothing is there, or
 * where it is relative and there is no configuration file. Asks the disk; thread-safe.
 */
struct str_list rule_paths(struct arena *arena, const struct settings *settings);

/* Is another version of a channel in force than those `paths`, the first of which are of `rules`,
 * have?
 */
bool rule_paths_switched(const struct settings *settings, const struct str_list *paths);
/* Another number where a rule file was changed, added or removed. */
uint64_t rule_paths_stamp(const struct str_list *paths);

/* Are rules in force of every channel that is named? Errors say of which not. */
bool rule_paths_check(const struct settings *settings, struct problems *problems);

#endif
