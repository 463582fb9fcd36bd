/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls of functions, before any message is matched. One thread, while a rule set is loaded. */
#ifndef RULES_READ_COMPILE_EVAL_H
#define RULES_READ_COMPILE_EVAL_H

#include "base/problems.h"
#include "rules/model/ruleset_data.h"

/*
 * Finds the function of a rule, compiles its arguments, and requests the fields that it asks for.
 * An argument that doesn't fit the function is a PROBLEM_WARNING, since SpamAssassin lets it pass,
 * and counts as there: what isn't a number is 0. Other trouble turns the rule off.
 */
void compile_eval(struct ruleset *set, struct rule *rule, struct problems *problems);

/* Does the function of a rule tell of what trusted hosts may have found out, too? Then it needs no
 * network tests. */
bool compile_eval_is_told(const struct ruleset *set, const struct rule *rule);

#endif
