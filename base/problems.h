/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All the trouble of a start or a reload at once, each as a sentence "file:line:column: what, and
 * what to do". Used by one thread at a time.
 */
#ifndef BASE_PROBLEMS_H
#define BASE_PROBLEMS_H

#include "base/error.h"
#include "base/vec.h"

enum problem_severity {
	PROBLEM_WARNING, /* it works, though perhaps not as meant */
	PROBLEM_MISTAKE, /* what is wrong was left out; a daemon starts with the rest, but keeps
	                    what it has where a reload meets it */
	PROBLEM_ERROR,   /* the whole must not be used */
};

struct problem {
	enum problem_severity severity;
	struct str text; /* "file:line:column: what; what to do" */
};

/* A list of problems in an arena, in the order in which they were found. */
struct problems {
	struct arena *arena;
	vec_members(struct problem);
	size_t mistakes; /* how many of them are PROBLEM_MISTAKE */
	size_t errors;   /* how many of them are PROBLEM_ERROR */
};

void problems_init(struct problems *problems, struct arena *arena);
/* Appends "file:line:column: " and the sentence, as one line that a terminal may be shown whatever
 * was in a file; returns false, always. */
bool problems_add(struct problems *problems, enum problem_severity severity,
                  const struct source_position *at, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
