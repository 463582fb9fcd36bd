/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One function that rules call as eval:name(arguments); the tables are in eval_*.c. */
#ifndef RULES_MODEL_EVAL_FUNCTION_H
#define RULES_MODEL_EVAL_FUNCTION_H

#include "base/vec.h"

struct eval_context;
struct pattern;

/* Arguments of a call, compiled while the rule set is loaded. In the rule set's arena. */
struct eval_args {
	struct str_list texts;
	double *numbers;         /* of each text; NAN where it is none */
	struct pattern *pattern; /* of the argument that is one; else NULL */
};

/* A row. Rows are written with names: { .name = "check_this", .run = check_this }. */
struct eval_function {
	const char *name; /* with * at its end: all that begin so */
	/* 0: no hit; else how much a meta that names the rule counts. NULL: see `missing`. */
	double (*run)(const struct eval_context *context);
	const char *missing;  /* why SpamAssassin has it and we don't */
	unsigned pattern_arg; /* number, from 1, of the argument that is a bare pattern; 0: none */
};

#endif
