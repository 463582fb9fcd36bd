/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SpamAssassin's plugins by name: none is code here, but rule files ask which are loaded, and load
 * more. Changed by the thread that loads a rule set, only read after that.
 */
#ifndef RULES_MODEL_PLUGIN_H
#define RULES_MODEL_PLUGIN_H

#include "rules/model/ruleset_data.h"

/* What all their names begin with. */
#define PLUGIN_PREFIX "Mail::SpamAssassin::Plugin::"

/* Is a plugin there? The name is the whole one. */
bool plugin_is_loaded(const struct ruleset *set, struct str name);
/* `loadplugin`. */
void plugin_load(struct ruleset *set, struct str name);
/* Those that an installation of SpamAssassin loads unless told otherwise. */
void plugin_load_defaults(struct ruleset *set);

#endif
