/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of rules that are not there: somebody who mistypes one in `score` thinks that he has
 * changed something. One thread, while a rule set is loaded.
 */
#ifndef RULES_READ_COMPILE_NAMES_H
#define RULES_READ_COMPILE_NAMES_H

#include "base/problems.h"
#include "rules/model/ruleset_data.h"

/*
 * A PROBLEM_WARNING for each name without a rule that score, describe, tflags or priority mention,
 * or metas, at its first place, with the rule that is nearest to it. Further ones than some dozens
 * are counted.
 */
void compile_names(struct ruleset *set, struct problems *problems);

#endif
