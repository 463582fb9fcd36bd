/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One function that rules call as eval:name(arguments); the tables are in eval_*.c. */
#ifndef RULES_MODEL_EVAL_FUNCTION_H
#define RULES_MODEL_EVAL_FUNCTION_H

#include "base/vec.h"

struct match;

struct eval_function {
	const char *name;
	/* 0: no hit; else how much a meta that names the rule counts. NULL: see `missing`. */
	double (*run)(struct match *match, const struct str_list *args);
	const char *missing;  /* why SpamAssassin has it and we don't */
	unsigned pattern_arg; /* number, from 1, of the argument that is a bare pattern; 0: none */
};

#endif
