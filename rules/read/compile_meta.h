/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Metas, before any message is matched. One thread, while a rule set is loaded. */
#ifndef RULES_READ_COMPILE_META_H
#define RULES_READ_COMPILE_META_H

#include "base/problems.h"
#include "rules/model/ruleset_data.h"

/* Parses the metas that are not off, and gives their order in by_type[RULE_META]. */
void compile_metas(struct ruleset *set, struct problems *problems);

#endif
