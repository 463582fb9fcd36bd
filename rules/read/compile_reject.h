/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rejects rules that turn out to be wrong while they are compiled. */
#ifndef RULES_READ_COMPILE_REJECT_H
#define RULES_READ_COMPILE_REJECT_H

#include "base/problems.h"
#include "rules/model/ruleset_data.h"

/* A PROBLEM_MISTAKE at a place in the rule's definition; the rule is off. */
void compile_reject(struct rule *rule, struct problems *problems, const char *at, const char *what,
                    const char *off);

#endif
