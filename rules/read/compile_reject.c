/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/read/compile_reject.h"

void compile_reject(struct rule *rule, struct problems *problems, const char *at, const char *what,
                    const char *off)
{
	struct source_position position = source_line_position(rule->line, at);

	problems_add(problems, PROBLEM_MISTAKE, &position, "%s; correct it, rule %.*s is off", what,
	             STR_FMT(rule->name));
	rule->off = off;
}
