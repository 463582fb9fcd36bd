/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One function that rules call as eval:name(arguments) and that asks the network; see ask.h. */
#ifndef RULES_MODEL_ASK_FUNCTION_H
#define RULES_MODEL_ASK_FUNCTION_H

#include "base/error.h"

struct rule;
struct ruleset;

struct ask_function {
	const char *name;
	/* Reads the rule's arguments, once, when all files were read; what they say is left in
	 * rule->ask. False with *err_r and *at_r, the place in the line that it is about. NULL:
	 * there is nothing to read. */
	bool (*prepare)(struct ruleset *set, struct rule *rule, const char **at_r,
	                struct error *err_r);
};

#endif
