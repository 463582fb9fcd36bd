/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the rules of a policy are read from: what `rules` names and, after it, the directory of
 * `local_rules`, so that what a site writes there holds over any rule set.
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

#endif
