/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Relative paths in assay.conf: relative to the directory of that file, whatever directory a
 * process was started in. Pure.
 */
#ifndef SCORING_SETTINGS_PATHS_H
#define SCORING_SETTINGS_PATHS_H

#include "scoring/settings_values.h"

/* Puts the file's directory before each value that is a relative path, but for local_rules, which
 * rule_paths.h resolves. The new values are in the arena. */
void settings_paths_resolve(struct settings *settings, struct arena *arena);

/* A value as the file has it, without what settings_paths_resolve() put before it. */
struct str settings_paths_written(const struct settings *settings, struct str value);

#endif
