/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The steps between reading and matching: scores are settled, patterns compiled, functions found,
 * metas put into the order of their dependencies. A rule that is wrong is a PROBLEM_MISTAKE and
 * off. One thread, while a rule set is loaded.
 */
#ifndef RULES_READ_COMPILE_H
#define RULES_READ_COMPILE_H

#include "base/problems.h"
#include "rules/model/ruleset_data.h"

void compile_rules(struct ruleset *set, struct problems *problems);

#endif
