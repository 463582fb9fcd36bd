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
	double *numbers;         /* of each text; NAN where there is none */
	struct pattern *pattern; /* of the argument that is one; else NULL */
};

/* Kinds of arguments, as letters of eval_function.args. */
enum eval_arg_kind {
	EVAL_ARG_TEXT = 't',
	EVAL_ARG_FIELD = 'f', /* the name of a header field */
	EVAL_ARG_NUMBER = 'n',
	EVAL_ARG_LIMIT = 'r',   /* a number; "undef" or nothing leaves the range open */
	EVAL_ARG_PATTERN = 'p', /* one at most, with or without delimiters */
	/* Those after this may be missing. */
	EVAL_ARG_OPTIONAL = '|',
	/* The kind before it, any number of times. */
	EVAL_ARG_REPEATED = '*',
};

/* A row. Rows are written with names: { .name = "check_this", .run = check_this }. */
struct eval_function {
	const char *name; /* with * at its end: all that begin so */
	/* 0: no hit; else how much a meta that names the rule counts. NULL: see `missing`. */
	double (*run)(const struct eval_context *context);
	const char *missing; /* why SpamAssassin has it and we don't */
	const char *args;    /* "fn|n": a letter for each argument; NULL: it has none */
	/* What eval_field() is asked for, so that nothing is parsed for each message: EVAL_FIELDS
	 * or NULL. A % stands for the first argument. */
	const char *const *fields;
	/* It depends on what the store knows of the sender, which may differ by recipient. */
	bool of_people;
	/* Of the rule's score, it adds as much as the value says: from 0 to 1. */
	bool graded;
	/* It gives tags values, so it is run also where nothing would come of its hit. */
	bool sets_tags;
};

#define EVAL_FIELDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

#endif
